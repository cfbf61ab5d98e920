// The pieces the page is made of. Text goes in by textContent, and shapes by attributes of SVG.
const element = (name, attributes = {}, ...children) => fit(document.createElement(name), attributes, children);
const shape = (name, attributes = {}, ...children) => fit(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

function fit(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const clockTime = date => new Date(date).toISOString().slice(11, 19) + ' UTC';
const shortTime = date => Date.now() - new Date(date) < 86_400_000 ? new Date(date).toISOString().slice(11, 19) : new Date(date).toISOString().slice(0, 10);
const minute = date => new Date(date).toISOString().slice(11, 16);

export const time = text => text && { time: text };

// A cell is a text, or says what it is: a name from outside, a number, a time, a code, or one of our words.
export function row(cells, isNew) {
  const made = element('tr');
  if (isNew) made.className = 'new';
  made.append(...cells.map(cell));
  return made;
}

function cell(value) {
  if (typeof value === 'string') return element('td', {}, value);
  if (value.time) return element('td', { class: 'time' }, element('time', { datetime: value.time, title: value.time }, shortTime(value.time)));
  if (value.number) return element('td', { class: 'number' }, value.number);
  if (value.code) return element('td', {}, element('code', {}, value.code));
  if (value.name) return element('td', { class: 'name', ...(value.span && { colspan: value.span }) }, value.name);
  return element('td', {}, element('span', { class: `word ${value.word}` }, value.word), value.why ? ` ${value.why}` : '');
}

// Bars for the eye; the same as a table for everybody else.
export function chart(place, parts, outcomes, unit, isComplete) {
  const drawn = JSON.stringify([parts, isComplete]);
  if (place.dataset.drawn === drawn) return;

  place.dataset.drawn = drawn;
  const isOpen = place.querySelector('details')?.open ?? false;
  const total = outcome => parts.reduce((sum, part) => sum + part[outcome], 0);
  const highest = Math.max(1, ...parts.map(part => outcomes.reduce((sum, outcome) => sum + part[outcome], 0)));
  const said = outcomes.map(outcome => `${total(outcome)} ${outcome}`).join(', ');
  const picture = shape('svg', { viewBox: `0 0 ${parts.length * 10} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `Bars: ${said}; at most ${highest} in one ${unit}.` });
  parts.forEach((part, n) => {
    let top = 98;
    for (const outcome of outcomes) {
      const height = part[outcome] === 0 ? 0 : Math.max(3, part[outcome] / highest * 94);
      top -= height;
      if (height) picture.append(shape('rect', { class: outcome, x: n * 10 + 1, y: Math.max(0, top), width: 8, height }, shape('title', {}, `${minute(part.start)}: ${part[outcome]} ${outcome}`)));
    }
  });
  picture.append(shape('line', { class: 'axis', x1: 0, x2: parts.length * 10, y1: 99, y2: 99, 'vector-effect': 'non-scaling-stroke' }));

  const details = element('details', isOpen ? { open: '' } : {}, element('summary', {}, 'As a table'), table(parts, outcomes));
  place.replaceChildren(
    element('ul', { class: 'legend' }, ...outcomes.map(outcome => element('li', { class: outcome }, `${isComplete ? '' : 'at least '}${total(outcome)} ${outcome}`))),
    picture,
    element('p', { class: 'ends quiet' }, element('span', {}, `${minute(parts[0].start)} UTC`), element('span', {}, `highest: ${highest}`), element('span', {}, `${minute(parts.at(-1).end)} UTC`)),
    details);
}

function table(parts, outcomes) {
  const filled = parts.filter(part => outcomes.some(outcome => part[outcome] > 0));
  const head = element('tr', {}, ...['From (UTC)', ...outcomes].map(name => element('th', { scope: 'col' }, name)));
  const body = filled.length
    ? filled.map(part => row([{ time: part.start }, ...outcomes.map(outcome => ({ number: `${part[outcome]}` }))]))
    : [row([{ name: 'Nothing.', span: outcomes.length + 1 }])];
  return element('div', { class: 'scroll', role: 'group', 'aria-label': 'The same as a table', tabindex: '0' }, element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)));
}
