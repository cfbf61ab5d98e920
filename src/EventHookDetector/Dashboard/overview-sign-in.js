// Signs people in at their provider: authorization code with PKCE (RFC 7636), and back to this page.
const pending = 'signInPending';

const provider = fetch('overview-sign-in.json', { cache: 'no-store' }).then(response => response.json()).catch(() => ({}));
const here = () => location.origin + location.pathname;
const base64url = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** The host of the provider, or null if people use keys only. */
export const providerHost = async () => {
  const { authority, clientId } = await provider;
  return authority && clientId ? new URL(authority).host : null;
};

/** Leaves this page; the provider leads back to it. */
export async function begin() {
  if (!crypto.subtle) throw new Error('A browser lets people sign in by https only. Use a key here.');

  const { authority, clientId } = await provider;
  const its = await json(fetch(`${authority.replace(/\/+$/, '')}/.well-known/openid-configuration`), 'does not answer');
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem(pending, JSON.stringify({ verifier, state, place: location.hash, tokenEndpoint: its.token_endpoint }));
  const ask = new URL(its.authorization_endpoint);
  for (const [name, value] of Object.entries({
    response_type: 'code', client_id: clientId, redirect_uri: here(), scope: 'openid profile', state,
    code_challenge: base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))), code_challenge_method: 'S256',
  })) ask.searchParams.set(name, value);
  location.assign(ask);
}

/** The token, if the provider has just led back; null if it has not. */
export async function finish() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('state')) return null;

  const begun = JSON.parse(sessionStorage.getItem(pending) ?? '{}');
  sessionStorage.removeItem(pending);
  history.replaceState(null, '', location.pathname + (begun.place ?? ''));   // a code is good for once, and need not be seen
  if (!begun.state || answer.get('state') !== begun.state) throw new Error('This sign-in was not begun on this page. Try again.');
  if (answer.has('error')) throw new Error(`The provider refused: ${answer.get('error_description') ?? answer.get('error')}`);

  const { clientId } = await provider;
  const { access_token: token } = await json(fetch(begun.tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: here(), client_id: clientId, code_verifier: begun.verifier }),
  }), 'gave no token');
  return token;
}

async function json(asked, fault) {
  const response = await asked.catch(() => null);
  if (!response?.ok) throw new Error(`The provider ${fault}${response ? ` (${response.status})` : '; it may not allow this page (CORS)'}. A key opens meanwhile.`);
  return response.json();
}
