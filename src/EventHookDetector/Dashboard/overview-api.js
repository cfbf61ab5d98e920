// Asks the detector, as whoever entered a key or signed in. Either is kept for this tab only.
const silence = 8_000;   // four times the pace of the stream
let key = sessionStorage.getItem('operatorKey');
let token = sessionStorage.getItem('operatorToken');

export const isKnown = () => key !== null || token !== null;
export const hasToken = () => token !== null;
export const remember = () => token ? sessionStorage.setItem('operatorToken', token) : sessionStorage.setItem('operatorKey', key);
export const useKey = entered => [key, token] = [entered, null];
export const useToken = given => [key, token] = [null, given];

export function forget() {
  key = token = null;
  sessionStorage.removeItem('operatorKey');
  sessionStorage.removeItem('operatorToken');
}

export const ask = async path => (await open(path)).json();

async function open(path, signal) {
  const response = await fetch(path, { headers: token ? { Authorization: `Bearer ${token}` } : { 'X-Api-Key': key }, cache: 'no-store', signal });
  if (response.ok) return response;

  const { detail } = await response.json().catch(() => ({}));
  throw Object.assign(new Error(response.status === 401 && !token ? refusal(detail) : detail ?? `it answered ${response.status}`), { status: response.status });
}

// That a key ended or was revoked is worth knowing; which header was missing is not.
const refusal = detail => detail?.startsWith('This key ') ? detail : 'This key is not known here. It is the one you use in Swagger UI.';

// EventSource sends no headers, so the stream is read by hand.
export async function* listen(signal) {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), silence);
  try {
    const response = await open('api/overview/stream', AbortSignal.any([signal, quiet.signal]));
    let text = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), silence);
      const events = (text + part.value).split('\n\n');
      text = events.pop();
      for (const event of events) {
        const data = event.split('\n').filter(line => line.startsWith('data:')).map(line => line.slice(5)).join('\n');
        if (data) yield JSON.parse(data);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
