import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Html, html } from './html.js';

const readAsset = (path: string) => readFileSync(new URL(`../../assets/${path}`, import.meta.url), 'utf8');
const COLOURS = readAsset('colours.css');

/** The style of a page, of these sheets in turn, after the colours that all pages share; its text goes into the page. */
export function readStyle(...paths: readonly string[]): Html {
  return new Html([COLOURS, ...paths.map(readAsset)].join(''));
}

/** How a page's policy names a style or a script that stands in the page. */
export function sourceHash({ text }: Html): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** A whole page. Search engines leave it out. */
export function document({
  title,
  style,
  body,
}: {
  readonly title: string;
  readonly style: Html;
  readonly body: Html;
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
