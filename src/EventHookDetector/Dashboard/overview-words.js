// Times and states in words. All times are UTC, and say so where no heading does.
const day = date => new Date(date).toISOString().slice(0, 10);
const minute = date => new Date(date).toISOString().slice(11, 16);
const dayBefore = () => day(Date.now() - 86_400_000);

export const clockTime = date => `${new Date(date).toISOString().slice(11, 19)} UTC`;
export const wholeTime = date => `${new Date(date).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
export const isMidnight = date => minute(date) === '00:00';

// The date stands there unless it is today.
export const moment = date => new Date(date).toISOString().slice(day(date) === day(Date.now()) ? 11 : 0, 19).replace('T', ' ');
export const axisTime = date => ({ [day(Date.now())]: '', [dayBefore()]: 'yesterday ' }[day(date)] ?? `${day(date)} `) + minute(date);

export function span(seconds) {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} days ${Math.floor(minutes % 1440 / 60)} h`;
}

// In whole seconds, for what is written anew each second.
export const age = seconds => seconds < 120 ? `${Math.floor(seconds)} s` : span(seconds);

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

// Names come from whoever did it: what would turn a sentence round, or break its line, is shown as a mark.
export const tame = text => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
export const name = text => text ? tame(text) : 'unknown';

// A severity that facts have raised leads; that of the rule alone does not.
const symbols = { critical: '▲▲', high: '▲', medium: '●' };   // those of the rows: not every machine has pictures in its fonts
export const isRaised = alert => alert.severityReasons.length > 0;
export const lead = alert => isRaised(alert) ? `${alert.severity[0].toUpperCase()}${alert.severity.slice(1)} ${symbols[alert.severity] ?? ''} ` : '';
export const reasons = alert => isRaised(alert) ? `Raised because: ${alert.severityReasons.map(tame).join(' ')}` : null;

// Whom an alert has reached; a channel that gave up is not one that is still to come.
export function told(alert) {
  if (alert.channels === 0) return `nobody (${alert.outcome === 'alerted' ? 'no channel' : alert.outcome})`;
  if (alert.channelsTold === alert.channels) return { time: alert.toldAt };
  return `${alert.channelsTold} of ${count(alert.channels, 'channel')}${alert.channelsPending ? ' yet' : ''}`;
}
