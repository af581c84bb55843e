import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Html, html } from './html.js';

const read = (name: string) =>
  readFileSync(new URL(`../../assets/status-page/${name}`, import.meta.url), 'utf8');
const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// Both are inlined into the page; its policy allows them by their hashes.
const STYLE = new Html(read('page.css'));
const SCRIPT = new Html(read('page.js'));

/** Only the page's own style and script run, and they read only from this server. */
export const PAGE_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${hash(STYLE.text)}`,
  `script-src ${hash(SCRIPT.text)}`,
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
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><p class="context">${context}</p></header>
<main data-tone="${tone}" data-live="${String(isLive)}">
${content}
</main>
<footer>
${isLive ? LIVE_FOOTER : undefined}
<p id="connection" role="status"></p>
<p id="news" role="status" class="for-readers">${news}</p>
</footer>
<script>${SCRIPT}</script>
</body>
</html>
`.text;
}

const LIVE_FOOTER = html`<p data-part="live" class="live">This page follows the payment by itself.</p>
<noscript><p>Without scripts it does not: <a href="">look again</a>.</p></noscript>`;
