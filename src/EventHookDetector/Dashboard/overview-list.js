// The alerts of a stretch of time, which a bar or a digest leads to.
import { ask } from './overview-api.js';
import { lineOf } from './overview-alert.js';
import { alertRow } from './overview-shown.js';
import { element, row, table } from './overview-parts.js';
import { tame, wholeTime } from './overview-words.js';

const most = 200;

/** Newest first; the stretch is one of receipt, by which ids begin. */
export async function readAlerts(where) {
  const query = new URLSearchParams({ limit: most });
  for (const filter of ['outcome', 'rule']) if (where.get(filter)) query.set(filter, where.get(filter));
  if (time(where, 'to')) query.set('cursor', firstIdAt(time(where, 'to')));
  const { items, nextCursor } = await ask(`api/alerts?${query}`);
  const alerts = items.filter(alert => new Date(alert.receivedAt) >= (time(where, 'from') ?? 0));
  return { alerts, isAll: !nextCursor || alerts.length < items.length };
}

export const titleOfList = where => ['Alerts', where.get('outcome') && `of outcome ${tame(where.get('outcome'))}`,
  time(where, 'from') && `from ${wholeTime(time(where, 'from'))}`, time(where, 'to') && `to ${wholeTime(time(where, 'to'))}`].filter(Boolean).join(' ');

export const partsOfList = ({ alerts, isAll }) => [
  element('section', { class: 'cards' }, table(
    ['Severity', 'Whose factors', 'By whom', 'Status', 'Outcome', 'Received (UTC)', 'Told (UTC)', 'Id'],
    alerts.length ? alerts.map(alert => alertRow(lineOf(alert))) : [row([{ name: 'None was received in that time.', span: 8 }])], 'Alerts')),
  element('p', { class: 'quiet' }, isAll ? 'A window counts where it begins: alerts of a long one may have come later than its bar says.' : `These are the newest ${most}. Swagger UI lists all.`),
];

function time(where, name) {
  const at = Date.parse(where.get(name) ?? '');
  return Number.isNaN(at) ? null : new Date(at);
}

function firstIdAt(at) {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
