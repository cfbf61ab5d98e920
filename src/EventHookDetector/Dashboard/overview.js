// Looks, and never acts. What comes from a log event is put in as text only: whoever wrote it may be the attacker.
import { forget, hasToken, isKnown, listen, remember, useKey, useToken } from './overview-api.js';
import { noAlert, partsOfAlert, readAlert, titleOf } from './overview-alert.js';
import { partsOfList, readAlerts, titleOfList } from './overview-list.js';
import { forgetAlerts, showOverview } from './overview-shown.js';
import { begin, finish, providerHost } from './overview-sign-in.js';
import { forgetSource } from './overview-source.js';
import { byId, write } from './overview-parts.js';
import { clockTime } from './overview-words.js';

const again = 10_000;    // how often one alert is read anew
let watching = null;
let lastHeard = null;
let channels = [];
let isIn = false;        // whether the key was taken
let visit = null;        // the place within the page that is being looked at, if it is not the overview

byId('sign-in').addEventListener('submit', event => {
  event.preventDefault();
  useKey(byId('key').value.trim());
  byId('key').value = '';
  enter();
});
byId('forget').addEventListener('click', () => signOut(''));
byId('provider').addEventListener('click', () => begin().catch(fault => byId('key-fault').textContent = fault.message));
addEventListener('hashchange', () => go());
offerProvider();
start();

async function start() {
  try {
    const token = await finish();
    if (token) useToken(token);
    if (isKnown()) enter();
  } catch (fault) {
    signOut(fault.message);
  }
}

async function offerProvider() {
  const host = await providerHost();
  byId('provider').hidden = host === null;
  byId('provider').textContent = `Sign in at ${host}`;
}

function enter() {
  watch();
  go();
}

// Where the address leads: to one alert, to the alerts of a stretch of time, or to how things stand.
function go() {
  const where = new URLSearchParams(location.hash.slice(1));
  const id = where.get('alert');
  const isElsewhere = id !== null || ['from', 'to', 'outcome'].some(name => where.has(name));
  const left = visit;
  visit = !isElsewhere ? null : id !== null
    ? { read: () => readAlert(id), title: found => found ? titleOf(found.alert) : 'There is no such alert', parts: found => found ? partsOfAlert(found, channels) : noAlert(id) }
    : { read: () => readAlerts(where), title: () => titleOfList(where), parts: partsOfList };
  document.title = 'EventHookDetector';
  byId('place').replaceChildren();
  write(byId('place-title'), '');
  arrange();
  if (visit && isKnown()) look(visit);
  else if (left && isIn) byId('newest-title').focus();
}

async function look(mine, isFirst = true) {
  mine.readAt = Date.now();
  try {
    const found = await mine.read();
    if (visit !== mine) return;
    accepted();
    draw(mine, found);
    if (isFirst) byId('place-title').focus();
  } catch (fault) {
    if (visit !== mine) return;
    if (isRefusal(fault)) signOut(fault.message);
    else if (isFirst) setTimeout(() => visit === mine && isKnown() && look(mine), 2_000);
  }
}

// Not known, or known and without a role here.
const isRefusal = fault => fault.status === 401 || fault.status === 403;

// What is unchanged stays where it is, and what was opened stays open.
function draw(mine, found) {
  const drawn = JSON.stringify([found, channels.map(channel => channel.name)]);
  if (mine.drawn === drawn) return;

  mine.drawn = drawn;
  const isOpen = byId('raw')?.open;
  write(byId('place-title'), mine.title(found));
  document.title = `${mine.title(found)} · EventHookDetector`;
  byId('place').replaceChildren(...mine.parts(found));
  if (isOpen) byId('raw').open = true;
}

async function watch() {
  watching?.abort();
  const mine = watching = new AbortController();
  for (let wait = 1_000; watching === mine; wait = Math.min(wait * 2, 15_000)) {
    let why = 'the stream ended';
    try {
      for await (const overview of listen(mine.signal)) {
        wait = 500;
        show(overview);
      }
    } catch (fault) {
      if (watching !== mine) return;
      if (isRefusal(fault)) return signOut(fault.message);
      why = fault.status ? fault.message : 'the detector does not answer';
    }
    if (watching !== mine) return;
    away(why);
    await new Promise(resolve => setTimeout(resolve, wait));
  }
}

function show(overview) {
  const isFirst = !isIn;
  lastHeard = new Date();
  channels = overview.channels;
  accepted();
  for (const id of ['overview', 'source']) byId(id).classList.remove('stale');
  say('Live.', 'live');
  showOverview(overview);
  if (isFirst && !visit) byId('newest-title').focus();
  if (visit && Date.now() - visit.readAt > again) look(visit, false);
}

function accepted() {
  if (isIn) return;

  remember();
  isIn = true;
  byId('key-fault').textContent = '';
  arrange();
}

function signOut(why) {
  watching?.abort();
  watching = lastHeard = null;
  isIn = false;
  forget();
  forgetAlerts();
  forgetSource();
  byId('place').replaceChildren();
  write(byId('place-title'), '');
  document.title = 'EventHookDetector';
  byId('key-fault').textContent = why;
  say('Not connected.', '');
  arrange();
  byId('key').focus();
}

function arrange() {
  byId('sign-in').hidden = isIn;
  byId('forget').hidden = !isIn;
  byId('forget').textContent = hasToken() ? 'Sign out' : 'Forget the key';
  byId('overview').hidden = !isIn || visit !== null;
  byId('elsewhere').hidden = !isIn || visit === null;
}

function away(why) {
  for (const id of ['overview', 'source']) byId(id).classList.add('stale');
  const since = lastHeard ? `Not live since ${clockTime(lastHeard)}` : 'Not connected';
  say(`${since}: ${why.replace(/\.$/, '')}. Trying again.`, 'away');
}

function say(text, state) {
  byId('connection').dataset.state = state;
  write(byId('connection'), text);
}
