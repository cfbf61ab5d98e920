// The pieces the page is made of. Text goes in by textContent, and shapes by attributes of SVG.
import { moment } from './overview-words.js';

export const byId = id => document.getElementById(id);
export const element = (name, attributes = {}, ...children) => fit(document.createElement(name), attributes, children);
export const shape = (name, attributes = {}, ...children) => fit(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

function fit(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A screen reader is told of changes only, so what is unchanged is not written again.
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// On a narrow screen a row is a card, which would no longer be a row to a screen reader without its role.
export function row(cells, isNew) {
  const made = element('tr', { role: 'row' });
  if (isNew) made.className = 'new';
  made.append(...cells.map(value => {
    const cell = element('td', { role: 'cell' });
    if (value?.span) cell.setAttribute('colspan', value.span);
    if (value?.name) cell.className = 'name';
    if (value?.number || value?.time || value?.code || value?.link) cell.className = 'number';
    cell.append(...content(value));
    return cell;
  }));
  return made;
}

// A text, or what says what it is: a name from outside, a number, a time, a code, a link within this page, or one of our words.
export function content(value) {
  if (typeof value === 'string') return [value];
  const more = value.why ? [element('span', { class: 'why' }, ` ${value.why}`)] : [];
  if (value.link) return [element('a', { href: value.link, ...(value.title && { title: value.title }) }, ...content(value.shown))];
  if (value.time) return [element('time', { datetime: value.time, title: value.time }, moment(value.time)), ...more];
  if (value.code) return [element('code', {}, value.code)];
  if (value.word) return [element('span', { class: `word ${value.word}` }, value.word), ...more];
  return [value.number ?? value.name, ...more];
}

export function table(headings, rows, label) {
  const head = element('tr', { role: 'row' }, ...headings.map(name => element('th', { scope: 'col', role: 'columnheader' }, name)));
  const body = element('tbody', { role: 'rowgroup' }, ...rows);
  const made = element('table', { role: 'table' }, element('thead', { role: 'rowgroup' }, head), body);
  nameCells(body);
  return element('div', { class: 'scroll', role: 'group', 'aria-label': label, tabindex: '0' }, made);
}

// What is unchanged stays where it is, or whoever reads it would lose their place every two seconds.
export function fill(id, items, toRow, none) {
  const drawn = JSON.stringify([items, new Date().toISOString().slice(0, 10)]);   // at midnight, times get their dates
  if (byId(id).dataset.drawn === drawn) return;

  byId(id).dataset.drawn = drawn;
  byId(id).replaceChildren(...(items.length ? items.map(toRow) : [row([{ name: none, span: 8 }])]));
  nameCells(byId(id));
}

function nameCells(body) {
  const names = [...body.closest('table').querySelectorAll('thead th')].map(head => head.textContent);
  for (const line of body.rows) for (const cell of line.cells) if (cell.colSpan === 1) cell.dataset.label = names[cell.cellIndex];
}
