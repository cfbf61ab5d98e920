// How things stand: the headline, the newest alerts, the channels, the lag.
import { chart } from './overview-chart.js';
import { byId, fill, row, write } from './overview-parts.js';
import { showSource } from './overview-source.js';
import { count, isRaised, name, reasons, span, told } from './overview-words.js';

let known = null;   // the ids of the alerts that were shown

export const forgetAlerts = () => known = null;

export function showOverview(overview) {
  showSource(overview);
  write(byId('news'), headline(overview));
  fill('newest', overview.newest, alert => alertRow(alert, known && !known.has(alert.id)), 'None in the last 24 hours.');
  known = new Set(overview.newest.map(alert => alert.id));
  fill('channels', overview.channels, channel => row([
    { name: `${channel.name} (${channel.type})` }, { word: channel.health, why: channel.lastError }, most(channel.pending), most(channel.abandoned),
    channel.lastSentAt ? { time: channel.lastSentAt } : 'never',
  ]), 'None is configured: nobody is told of anything. Configure Notifiers:{name}.');
  showLag(overview.lag);
  chart(byId('day'), overview.day, 'quarter of an hour', overview.isComplete);
  chart(byId('windows'), overview.windows, 'window', overview.isComplete);
}

// What decides comes first, as the cards of a narrow screen show it. A severity that nothing raised stands with the rule.
export const alertRow = (alert, isNew) => row([
  isRaised(alert) ? { word: alert.severity, why: reasons(alert) } : '',
  { name: name(alert.targetLogin), why: isRaised(alert) ? alert.ruleName : `${alert.ruleName}, ${alert.severity}` }, { name: name(alert.actorLogin) }, { word: alert.status },
  { word: alert.outcome, why: alert.outcome === 'alerted' ? null : alert.because }, { time: alert.receivedAt }, told(alert),
  { link: `#alert=${alert.id}`, title: alert.id, shown: { code: `…${alert.id.slice(-12)}` } },
], isNew);

export function headline({ alerted, channels, day, isComplete }) {
  const total = outcome => day.reduce((sum, part) => sum + part[outcome], 0);
  const withheld = ['excepted', 'expected', 'capped'].map(outcome => [total(outcome), outcome]).filter(([number]) => number > 0);
  const ill = channels.filter(channel => channel.health === 'failing').map(channel => channel.name);
  const atLeast = isComplete && alerted.count < 1000 ? '' : 'At least ';
  return [
    channels.length ? '' : 'Nobody is told: no channel is configured.',
    ill.length ? `${ill.length === 1 ? 'Channel' : 'Channels'} ${ill.join(', ')} ${ill.length === 1 ? 'fails' : 'fail'}.` : '',
    `${atLeast}${count(alerted.count, 'alert')} in 24 hours${openOf(alerted)}.`,
    withheld.length ? `${withheld.reduce((sum, [number]) => sum + number, 0)} more woke nobody (${withheld.map(pair => pair.join(' ')).join(', ')}).` : '',
  ].filter(Boolean).join(' ');
}

function openOf({ count: all, open, mostSevere }) {
  if (all === 0) return '';
  if (!mostSevere) return ', none of them open';
  const isLow = mostSevere.severity === 'low';
  const which = isLow ? name(mostSevere.targetLogin) : `${mostSevere.severity} (${name(mostSevere.targetLogin)})`;
  return all === 1 ? `, and open: ${which}` : `, ${open} of them open, the ${isLow ? 'newest' : 'most severe'}: ${which}`;
}

function showLag(lag) {
  const seconds = value => value == null ? 'none yet' : span(value);
  fill('lag', [['Okta → us', lag.publishedToReceived], ['us → first channel', lag.receivedToTold]], ([way, found]) =>
    row([{ name: way }, { number: seconds(found?.median) }, { number: seconds(found?.longest) }]));
  const untold = lag.untold === 0 ? 'All of them were taken by a channel.' : `${lag.untold} ${lag.untold === 1 ? 'was' : 'were'} taken by none.`;
  write(byId('lag-of'), lag.alerts === 0 ? 'There is no alert to say it of.' : `Of the newest alerts, ${lag.alerts} in all. ${untold}`);
}

const most = number => ({ number: number > 1000 ? 'over 1000' : `${number}` });
