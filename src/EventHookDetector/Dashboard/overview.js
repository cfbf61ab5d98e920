// Looks, and never acts. What comes from a log event is put in as text only: whoever wrote it may be the attacker.
import { chart, row, time, clockTime } from './overview-parts.js';

const byId = id => document.getElementById(id);
const outcomes = ['alerted', 'capped', 'excepted', 'expected'];
const silence = 8_000;   // four times the pace of the stream
let key = sessionStorage.getItem('operatorKey');
let known = null;        // the ids of the alerts that were shown
let lastHeard = null;
let watching = null;

byId('sign-in').addEventListener('submit', event => {
  event.preventDefault();
  key = byId('key').value.trim();
  byId('key').value = '';
  watch();
});
byId('forget').addEventListener('click', () => signOut(''));
if (key) watch();

async function watch() {
  watching?.abort();
  const mine = watching = new AbortController();
  for (let wait = 1_000; watching === mine; wait = Math.min(wait * 2, 15_000)) {
    let why = 'the stream ended';
    try {
      for await (const overview of listen(mine)) {
        wait = 500;
        show(overview);
      }
    } catch (fault) {
      if (watching !== mine) return;
      if (fault.status === 401) return signOut(fault.message);
      why = fault.status ? fault.message : 'the detector does not answer';
    }
    if (watching !== mine) return;
    away(why);
    await new Promise(resolve => setTimeout(resolve, wait));
  }
}

// EventSource sends no headers, so the stream is read by hand.
async function* listen(mine) {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), silence);
  try {
    const response = await fetch('api/overview/stream', {
      headers: { 'X-Api-Key': key }, cache: 'no-store', signal: AbortSignal.any([mine.signal, quiet.signal]),
    });
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      throw Object.assign(new Error(problem.detail ?? `it answered ${response.status}`), { status: response.status });
    }
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

function signOut(why) {
  watching?.abort();
  watching = known = lastHeard = key = null;
  sessionStorage.removeItem('operatorKey');
  byId('key-fault').textContent = why;
  say('Not connected.', '');
  toggle(false);
  byId('key').focus();
}

function away(why) {
  byId('overview').classList.add('stale');
  const since = lastHeard ? `Not live since ${clockTime(lastHeard)}` : 'Not connected';
  say(`${since}: ${why.replace(/\.$/, '')}. Trying again.`, 'away');
}

function toggle(isIn) {
  byId('sign-in').hidden = isIn;
  byId('overview').hidden = !isIn;
  byId('forget').hidden = !isIn;
}

// A screen reader is told of changes only, so what is unchanged is not written again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function say(text, state) {
  byId('connection').dataset.state = state;
  write(byId('connection'), text);
}

function show(overview) {
  sessionStorage.setItem('operatorKey', key);
  byId('key-fault').textContent = '';
  lastHeard = new Date();
  toggle(true);
  byId('overview').classList.remove('stale');
  say('Live.', 'live');
  tellNews(overview);
  fill('newest', overview.newest, alert => row([
    time(alert.receivedAt), { name: alert.targetLogin ?? 'unknown' }, { name: alert.actorLogin ?? 'unknown' }, { word: alert.severity },
    { word: alert.status }, time(alert.toldAt) ?? 'not yet', { code: alert.id },
  ], known && !known.has(alert.id)), 'None in the last 24 hours.');
  known = new Set(overview.newest.map(alert => alert.id));
  fill('channels', overview.channels, channel => row([
    { name: `${channel.name} (${channel.type})` }, { word: channel.health, why: channel.lastError }, most(channel.pending), most(channel.abandoned),
    time(channel.lastSentAt) ?? 'never',
  ]), 'None is configured: nobody is told of anything. Configure Notifiers:{name}.');
  showLag(overview.lag);
  chart(byId('day'), overview.day, ['alerted', 'capped', 'excepted', 'expected'], 'quarter of an hour', overview.isComplete);
  chart(byId('windows'), overview.windows, outcomes, 'window', overview.isComplete);
}

function tellNews(overview) {
  const alerted = overview.day.reduce((sum, part) => sum + part.alerted, 0);
  const ill = overview.channels.filter(channel => channel.health === 'failing').map(channel => channel.name);
  write(byId('news'), [
    `${overview.isComplete ? '' : 'At least '}${alerted} ${alerted === 1 ? 'alert' : 'alerts'} in the last 24 hours.`,
    overview.newest.length ? `The newest is about ${overview.newest[0].targetLogin ?? 'an unknown account'}.` : '',
    ill.length ? `Failing: ${ill.join(', ')}.` : '',
  ].filter(Boolean).join(' '));
}

function showLag(lag) {
  const seconds = value => value == null ? 'none yet' : value < 120 ? `${value.toFixed(1)} s` : `${Math.round(value / 60)} min`;
  const line = (name, found) => row([{ name }, { number: seconds(found?.median) }, { number: seconds(found?.longest) }]);
  byId('lag').replaceChildren(line('published, received', lag.publishedToReceived), line('received, told', lag.receivedToTold));
  write(byId('lag-of'), `Of the newest alerts, ${lag.alerts} in all. No channel has taken ${lag.untold} of them yet.`);
}

const most = count => ({ number: count > 1000 ? 'over 1000' : `${count}` });

// What is unchanged stays where it is, or whoever reads it would lose their place every two seconds.
function fill(id, items, toRow, none) {
  const drawn = JSON.stringify(items);
  if (byId(id).dataset.drawn === drawn) return;

  byId(id).dataset.drawn = drawn;
  byId(id).replaceChildren(...(items.length ? items.map(toRow) : [row([{ name: none, span: 7 }])]));
}
