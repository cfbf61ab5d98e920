// Bars for the eye; the same as a table for everybody else. Both lead to the alerts of their stretch of time.
import { element, row, shape, table } from './overview-parts.js';
import { axisTime, isMidnight } from './overview-words.js';

const outcomes = ['alerted', 'capped', 'excepted', 'expected'];
const alertsOf = part => `#from=${part.start}&to=${part.end}`;

export function chart(place, parts, unit, isComplete) {
  const drawn = JSON.stringify([parts, isComplete]);
  if (place.dataset.drawn === drawn) return;

  place.dataset.drawn = drawn;
  const isOpen = place.querySelector('details')?.open ?? false;
  const total = outcome => parts.reduce((sum, part) => sum + part[outcome], 0);
  const highest = Math.max(...parts.map(part => outcomes.reduce((sum, outcome) => sum + part[outcome], 0)));
  const legend = outcomes.map(outcome => element('li', { class: outcome }, `${isComplete ? '' : 'at least '}${total(outcome)} ${outcome}`));
  place.replaceChildren(
    element('ul', { class: 'legend' }, ...legend, element('li', { class: 'quiet' }, `at most ${highest} in one ${unit}`)),
    picture(parts, highest, `Bars: ${outcomes.map(outcome => `${total(outcome)} ${outcome}`).join(', ')}; at most ${highest} in one ${unit}.`),
    axis(parts),
    element('details', { class: 'cards', ...(isOpen && { open: '' }) }, element('summary', {}, 'As a table'), numbers(parts)));
}

function picture(parts, highest, label) {
  const made = shape('svg', { viewBox: `0 0 ${parts.length * 10} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  parts.forEach((part, n) => {
    if (n > 0 && isMidnight(part.start)) made.append(line({ class: 'midnight', x1: n * 10, x2: n * 10, y1: 0, y2: 100 }));
    let top = 98;
    for (const outcome of outcomes.filter(outcome => part[outcome] > 0)) {
      const height = Math.max(3, part[outcome] / highest * 94);
      top -= height;
      const bar = shape('rect', { class: outcome, x: n * 10 + 1, y: Math.max(0, top), width: 8, height }, shape('title', {}, `${axisTime(part.start)} UTC: ${part[outcome]} ${outcome}`));
      bar.addEventListener('click', () => location.hash = alertsOf(part));
      made.append(bar);
    }
  });
  made.append(line({ class: 'axis', x1: 0, x2: parts.length * 10, y1: 99, y2: 99 }));
  return made;
}

const line = attributes => shape('line', { ...attributes, 'vector-effect': 'non-scaling-stroke' });

// Midnight has its name, unless that would stand on another one.
function axis(parts) {
  const made = element('p', { class: 'ends quiet' }, element('span', {}, `${axisTime(parts[0].start)} UTC`), element('span', {}, 'now'));
  const share = parts.findIndex(part => isMidnight(part.start)) / parts.length;
  if (share > .2 && share < .93) {
    const mark = element('span', { class: 'mark' }, '00:00');
    mark.style.left = `${share * 100}%`;
    made.append(mark);
  }
  return made;
}

function numbers(parts) {
  const filled = parts.filter(part => outcomes.some(outcome => part[outcome] > 0));
  const rows = filled.length
    ? filled.map(part => row([{ link: alertsOf(part), shown: { time: part.start } }, ...outcomes.map(outcome => ({ number: `${part[outcome]}` }))]))
    : [row([{ name: 'Nothing.', span: outcomes.length + 1 }])];
  return table(['From (UTC)', ...outcomes], rows, 'The same as a table');
}
