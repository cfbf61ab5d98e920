// Swagger UI leaves some of its controls without a name, and what scrolls out of reach of the keyboard. It draws anew all the time.
const mend = () => {
  for (const select of document.querySelectorAll('tr[data-param-name] select')) select.setAttribute('aria-label', select.closest('tr').dataset.paramName);
  document.querySelector('.servers select')?.setAttribute('aria-label', 'Server');
  for (const code of document.querySelectorAll('pre.microlight')) code.tabIndex = 0;
  for (const link of document.querySelectorAll('.renderedMarkdown a')) link.removeAttribute('target');
};
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });

// A link of the landing text leads to its group on this page.
document.addEventListener('click', event => {
  const href = event.target.closest?.('.renderedMarkdown a')?.getAttribute('href');
  if (!href?.startsWith('#/')) return;

  const group = [...document.querySelectorAll('.opblock-tag')].find(tag => tag.dataset.tag === decodeURIComponent(href.slice(2)));
  if (!group) return;

  event.preventDefault();
  group.scrollIntoView();
  group.querySelector('button')?.focus({ preventScroll: true });
});
