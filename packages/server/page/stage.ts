import { h } from './dom.js';

const stage = () => document.getElementById('stage') ?? document.body;
let isFirst = true;

/**
 * Shows one state of the page in place of the one before. The keyboard goes to its headline, so that it is never left on
 * something that is gone, and a screen reader reads it.
 */
export function show(headline: string, children: readonly (Node | string | undefined)[]): HTMLElement {
  const title = h('h2', { tabindex: '-1' }, headline);
  stage().replaceChildren(title, ...children.filter((child) => child !== undefined));
  tell('');
  // Nobody has done anything yet when the page has just come.
  if (!isFirst) {
    title.focus({ preventScroll: true });
    // For who looks at another tab meanwhile.
    document.title = headline;
  }
  isFirst = false;
  return title;
}

/** Says something to who cannot see the page. */
export function tell(news: string): void {
  const place = document.getElementById('news');
  if (place !== null && place.textContent !== news) place.textContent = news;
}

/** A message that the person must not miss. */
export function notice(text: string): HTMLElement {
  return h('p', { class: 'notice', role: 'alert' }, text);
}
