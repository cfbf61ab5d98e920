// One alert: what happened, whom it reached, what to do. It is read anew while it is looked at, for others may take it up.
import { ask } from './overview-api.js';
import { byId, content, element, row, table } from './overview-parts.js';
import { count, lead, name, reasons, span, tame, told, wholeTime } from './overview-words.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What one alert has to say, or null if there is none of that id. */
export async function readAlert(id) {
  if (!uuid.test(id)) return null;

  const alert = await found(`api/alerts/${id}`);
  return alert && { alert, rule: await found(`api/rules/${encodeURIComponent(alert.rule.id)}`) };
}

const found = path => ask(path).catch(fault => {
  if (fault.status === 404) return null;
  throw fault;
});

export const titleOf = alert => `${lead(alert)}Alert about ${namesOf(alert)}`;

export const noAlert = id => [element('p', {},
  `There is no alert of the id ${tame(id).slice(0, 100)}. Either the link was cut off, or the alert is so old that it is not kept any more. The overview shows the newest ones, and Swagger UI lists all.`)];

export function partsOfAlert({ alert, rule }, channels) {
  return [
    ...(reasons(alert) ? [element('p', { id: 'raised', class: alert.severity }, reasons(alert))] : []),
    section('What happened', facts(factsOf(alert))),
    section('To act', toAct(alert)),
    section('Who was told', ...whoWasTold(alert, channels)),
    section('What to do', ...guide(rule)),
    section('Timeline', element('ol', { class: 'plain' }, ...alert.timeline.map(entry => element('li', {}, ...content({ time: entry.at }), ` ${tame(entry.what)}`)))),
    section('Log event', element('details', { id: 'raw' }, element('summary', {}, 'As it came from Okta'),
      element('pre', { tabindex: '0' }, typeof alert.raw === 'string' ? alert.raw : JSON.stringify(alert.raw, null, 2)))),
  ];
}

/** The same as a line of the lists. */
export const lineOf = alert => ({
  ...alert, ruleName: alert.rule.name, actorLogin: alert.actor?.alternateId, targetLogin: namesOf(alert), ...reach(alert),
});

function targetsOf({ targets }) {
  const users = targets.filter(target => target.type?.toLowerCase() === 'user');
  return users.length ? users : targets.slice(0, 1);
}

const namesOf = alert => [...new Set(targetsOf(alert).map(target => name(target.alternateId ?? target.id)))].join(', ') || name(null);
const joined = (...parts) => parts.filter(Boolean).map(tame).join(', ') || 'unknown';

function reach({ notifications }) {
  const sent = notifications.filter(notification => notification.state === 'sent');
  return {
    channels: notifications.length, channelsTold: sent.length, channelsPending: notifications.filter(notification => notification.state === 'pending').length,
    toldAt: sent.map(notification => notification.sentAt).sort()[0] ?? null,
  };
}

function factsOf(alert) {
  const lag = alert.published && (new Date(alert.receivedAt) - new Date(alert.published)) / 1000;
  const reached = told(lineOf(alert));
  return [
    ['What', what(alert)],
    ['Severity', { word: alert.severity, why: `risk score ${alert.riskScore}` }],
    ['Rule', `${tame(alert.rule.name)}, version ${alert.rule.version}`],
    [isReset(alert) ? 'Whose factors' : 'About', targetsOf(alert).map(person).join('; ') || person(null)],
    ['By whom', `${person(alert.actor)}, ${{ administrator: 'not the owner of the account', self: 'the owner of the account', support: 'Okta’s support' }[alert.kind]}, ${alert.apiTokenId ? `with API token ${tame(alert.apiTokenId)}` : 'by hand, without an API token'}`],
    ['Published', alert.published ? `${wholeTime(alert.published)}, by Okta’s clock` : 'Okta did not say'],
    ['Received', wholeTime(alert.receivedAt) + (lag > 0 ? `, ${span(lag)} later` : '')],
    ['Told', reached.time ? wholeTime(reached.time) : reached],
    ['Address', joined(alert.client?.ipAddress)],
    ['Place', joined(alert.client?.city, alert.client?.state, alert.client?.country)],
    ['Network', joined(alert.network?.asOrg, alert.network?.asNumber && `AS${alert.network.asNumber}`, alert.network?.domain)],
    ['Proxy', { true: 'yes, an anonymising proxy', false: 'no' }[alert.network?.isProxy] ?? 'unknown'],
    ['Client', joined(alert.client?.userAgent, alert.client?.device)],
    ['Outcome', { word: alert.outcome, why: alert.because && tame(alert.because) }],
    ['Status', { word: alert.status, why: alert.verdict && `as ${alert.verdict}` }],
    ['Log event', `${tame(alert.uuid)}${alert.merged.length ? `, and ${count(alert.merged.length, 'more')} of the same reset` : ''}`],
  ];
}

const isReset = alert => ['user.mfa.factor.reset_all', 'user.mfa.factor.deactivate'].includes(alert.eventType);

function what(alert) {
  const result = ['SUCCESS', 'ALLOW'].includes(alert.result?.toUpperCase());
  if (alert.factors.length) return `${count(alert.factors.length, 'factor')} removed: ${joined(...alert.factors)}.`;
  if (alert.eventType === 'user.mfa.factor.reset_all' && result) return 'All MFA factors were reset.';
  return `${isReset(alert) ? 'Attempt to reset MFA factors' : tame(alert.eventType)}; Okta reports ${joined(alert.result, alert.reason)}.`;
}

function person(subject) {
  if (!subject) return 'Okta did not say';
  const more = [subject.displayName, subject.id, subject.type === 'User' ? null : subject.type].filter(part => part && part !== subject.alternateId);
  return `${name(subject.alternateId)} (${joined(...more)})`;
}

function whoWasTold(alert, channels) {
  const names = alert.notifications.map(notification => notification.notifier);
  const rest = channels.filter(channel => !names.includes(channel.name)).map(channel => row([
    { name: channel.name }, 'not told: it was not to be', { number: '0' }, 'never']));
  const rows = alert.notifications.map(notification => row([
    { name: notification.notifier }, { word: notification.state, why: notification.lastError }, { number: `${notification.attempts}` },
    notification.sentAt ? { time: notification.sentAt } : 'not taken']));
  const nobody = alert.outcome === 'alerted' ? 'No channel was configured for it.' : alert.because ?? `It was ${alert.outcome}.`;
  return [
    ...(names.length ? [] : [element('p', {}, `Nobody. ${tame(nobody)}`)]),
    ...(rows.length + rest.length ? [element('div', { class: 'cards' }, table(['Channel', 'State', 'Attempts', 'Told (UTC)'], [...rows, ...rest], 'Who was told'))] : []),
  ];
}

function guide(rule) {
  if (!rule) return [element('p', {}, 'The rule that found it is not here any more, and with it its triage guide.')];
  const list = (heading, steps, kind) => steps.length ? [element('h4', {}, heading), element(kind, {}, ...steps.map(step => element('li', {}, step)))] : [];
  const { investigate, falsePositives, respond } = rule.triageGuide;
  return [...list('Investigate', investigate, 'ol'), ...list('Harmless, if', falsePositives, 'ul'), ...list('If it is not harmless', respond, 'ol')];
}

function toAct(alert) {
  const id = element('input', { id: 'alert-id', readonly: '', value: alert.id, 'aria-label': 'The alert’s id' });
  const copy = element('button', { type: 'button' }, 'Copy the id');
  copy.addEventListener('click', async () => {
    id.select();   // a browser gives the clipboard to https only; then it is a keystroke away
    copy.textContent = await navigator.clipboard?.writeText(alert.id).then(() => 'Copied', () => null) ?? 'Marked: copy it with the keyboard';
  });
  return element('p', { class: 'act' }, id, copy,
    element('a', { href: 'swagger/index.html#/Alerts/AcknowledgeAlert' }, 'Acknowledge it in Swagger UI'),
    element('a', { href: 'swagger/index.html#/Alerts/CloseAlert' }, 'Close it there'));
}

const section = (heading, ...parts) => element('section', {}, element('h3', {}, heading), ...parts);
const facts = pairs => element('dl', {}, ...pairs.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, ...content(value))]));
