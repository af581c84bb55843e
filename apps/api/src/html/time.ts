import { isoTime } from '@x402-facilitator/shared/wire';
import { type Html, html } from './html.js';

const FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** A time, for people in any time zone. */
export function timeOf(ms: number): Html {
  return html`<time datetime="${isoTime(ms)}">${FORMAT.format(ms)} UTC</time>`;
}
