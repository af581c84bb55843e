import { readFileSync } from 'node:fs';
import { document, Html, html, readStyle, sourceHash } from '../html/index.js';

// Both are inlined into the page; its policy allows them by their hashes.
const STYLE = readStyle('card.css', 'status-page/page.css');
const SCRIPT = new Html(readFileSync(new URL('../../assets/status-page/page.js', import.meta.url), 'utf8'));

/** Only the page's own style and script run, and they read only from this server. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${sourceHash(STYLE)}`,
  `script-src ${sourceHash(SCRIPT)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The overall look of a page. */
export type Tone = 'busy' | 'good' | 'bad';

/** A whole page. */
export function layout(page: {
  readonly title: string;
  readonly tone: Tone;
  /** True while the page still waits for a change. */
  readonly isLive: boolean;
  /** What a screen reader says when the page changes. */
  readonly news: string;
  readonly context: string;
  readonly content: Html;
}): string {
  const { title, tone, isLive, news, context, content } = page;
  return document({
    title,
    style: STYLE,
    body: html`<header><p class="context">${context}</p></header>
<main data-tone="${tone}" data-live="${String(isLive)}">
${content}
</main>
<footer>
${isLive ? LIVE_FOOTER : undefined}
<p id="connection" role="status"></p>
<p id="news" role="status" class="for-readers">${news}</p>
</footer>
<script>${SCRIPT}</script>`,
  });
}

const LIVE_FOOTER = html`<p data-part="live" class="live">This page follows the payment by itself.</p>
<noscript><p>Without scripts it does not: <a href="">look again</a>.</p></noscript>`;
