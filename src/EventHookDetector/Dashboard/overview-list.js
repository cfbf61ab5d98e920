// The alerts of a stretch of time, which a bar or a digest leads to.
import { ask } from './overview-api.js';
import { lineOf } from './overview-alert.js';
import { alertRow } from './overview-shown.js';
import { element, row, table } from './overview-parts.js';
import { tame, wholeTime } from './overview-words.js';

const most = 200;
const mostPages = 25;

/** Newest first; the stretch is one of receipt, so pages are turned until it is over. */
export async function readAlerts(where) {
  const query = new URLSearchParams({ limit: most });
  for (const filter of ['outcome', 'rule']) if (where.get(filter)) query.set(filter, where.get(filter));
  const [from, to] = [time(where, 'from') ?? 0, time(where, 'to') ?? Infinity];
  const alerts = [];
  for (let page = 0; page < mostPages; page++) {
    const { items, nextCursor } = await ask(`api/alerts?${query}`);
    alerts.push(...items.filter(alert => new Date(alert.receivedAt) >= from && new Date(alert.receivedAt) < to));
    const isOver = !nextCursor || items.some(alert => new Date(alert.receivedAt) < from);
    if (isOver || alerts.length >= most) return { alerts: alerts.slice(0, most), isAll: isOver && alerts.length <= most };
    query.set('cursor', nextCursor);
  }
  return { alerts, isAll: false };
}

export const titleOfList = where => ['Alerts', where.get('outcome') && `of outcome ${tame(where.get('outcome'))}`,
  time(where, 'from') && `from ${wholeTime(time(where, 'from'))}`, time(where, 'to') && `to ${wholeTime(time(where, 'to'))}`].filter(Boolean).join(' ');

export const partsOfList = ({ alerts, isAll }) => [
  element('section', { class: 'cards' }, table(
    ['Severity', 'Whose factors', 'By whom', 'Status', 'Outcome', 'Received (UTC)', 'Told (UTC)', 'Id'],
    alerts.length ? alerts.map(alert => alertRow(lineOf(alert))) : [row([{ name: isAll ? 'None was received in that time.' : 'That time lies further back than this page looks.', span: 8 }])], 'Alerts')),
  element('p', { class: 'quiet' }, isAll ? 'A window counts where it begins: alerts of a long one may have come later than its bar says.' : `Not all are shown, ${most} at most. Swagger UI lists all.`),
];

function time(where, name) {
  const at = Date.parse(where.get(name) ?? '');
  return Number.isNaN(at) ? null : new Date(at);
}
