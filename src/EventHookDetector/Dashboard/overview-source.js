// What reaches the detector and what leaves it, in the header: a dead hook must not look like a quiet night.
import { byId, element } from './overview-parts.js';
import { age, count, tame, wholeTime } from './overview-words.js';

const longSilence = 3_600;   // seconds
let heard = null;

export function showSource(overview) {
  heard = { overview, at: Date.now() };
  draw();
}

export function forgetSource() {
  heard = null;
  draw();
}

// Ages go on while nothing is heard.
setInterval(draw, 1_000);

function draw() {
  const states = heard ? statesOf(heard.overview, (Date.now() - heard.at) / 1000) : [];
  const drawn = JSON.stringify(states);
  if (byId('source').dataset.drawn === drawn) return;

  byId('source').dataset.drawn = drawn;
  byId('source').hidden = states.length === 0;
  byId('source').replaceChildren(...states.map(([state, text]) => element('li', { class: `word ${state}` }, text)));
}

// The worst first: channels that fail, then the database, then what comes from Okta.
function statesOf({ at, source, database, channels }, since) {
  const failing = channels.filter(channel => channel.health === 'failing')
    .map(channel => ['failing', `Channel ${tame(channel.name)} fails${channel.lastError ? `: ${tame(channel.lastError).slice(0, 200)}` : '.'}`]);
  const silence = source.lastDeliveryAt && Math.max(0, (new Date(at) - new Date(source.lastDeliveryAt)) / 1000 + since);
  const isSilent = silence === null || silence > longSilence;
  return [
    ...failing,
    database.isHealthy ? ['ok', 'Database: ok'] : ['failing', `Database: ${tame(database.description ?? 'cannot be written')}`],
    silence === null ? ['failing', 'No delivery from Okta is on record. Is the event hook registered and verified?']
      : [isSilent ? 'pending' : 'ok', `Last delivery from Okta: ${age(silence)} ago (${wholeTime(source.lastDeliveryAt)})`],
    source.refusedLastHour === 0 ? ['ok', 'Refused (401) in the last hour: 0']
      : [isSilent ? 'failing' : 'pending', `Refused (401) in the last hour: ${source.refusedLastHour}. If they were Okta’s, its secret is not one of EventHook:Secrets.`],
    source.quarantined === 0 ? ['ok', 'Quarantine: empty']
      : ['pending', `Quarantine: ${source.quarantined > 1000 ? 'over 1000 items' : count(source.quarantined, 'item')} to look at`],
  ];
}
