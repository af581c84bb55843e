import type { PaymentRequired, PaymentRequirements } from '@x402/core/types';
import { describeAmount } from './amount.js';
import type { PageFiles } from './files.js';
import { type Html, html } from './html.js';
import type { Messages } from './messages/index.js';
import { networkName } from './network-name.js';
import type { PageData } from './page-data.js';

/** Only the page's own files run, and they talk to this server alone. Wallets bring their icons as `data:`. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': SECURITY_POLICY,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  Vary: 'Accept, Accept-Language',
};

/** What a payment can be made by in a browser. */
const METHODS: readonly unknown[] = [undefined, 'default', 'script'];

export function isPayable({ scheme, network, extra }: PaymentRequirements): boolean {
  return scheme === 'exact' && network.startsWith('cardano:') && METHODS.includes(extra.assetTransferMethod);
}

/** The page, complete but for what needs a wallet. Whatever a seller or a buyer wrote is text in it. */
export function pageOf(
  { resource }: Pick<PaymentRequired, 'resource'>,
  data: PageData,
  files: PageFiles,
): string {
  const { language, messages, accepts } = data;
  const { host, path } = placeOf(resource.url);
  const prices = accepts.map((each) => describeAmount(each.asset, BigInt(each.amount), data));
  const [price] = prices;
  const what = resource.description?.trim() || path;
  const { script, style } = files;
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${messages.title}${price === undefined ? undefined : ` · ${price}`}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style.href}" integrity="${style.integrity}">
<script type="module" src="${script.href}" integrity="${script.integrity}"></script>
</head>
<body>
<header><bdi>${resource.serviceName?.trim() || host}</bdi></header>
<main data-page="${JSON.stringify(data)}">
<section class="offer">
<p class="title">${messages.title}</p>
<h1><bdi>${what}</bdi></h1>
${price === undefined ? undefined : pricesOf(accepts, prices, messages)}
<dl>
<div><dt>${messages.at}</dt><dd id="place"><bdi>${host}${path}</bdi></dd></div>
${networkOf(accepts, messages)}
</dl>
</section>
<section id="stage">
${
  price === undefined ? html`<p>${messages.notPayable}</p>` : html`<p class="loading">${messages.loading}</p>`
}
<noscript><p class="notice">${messages.needsScript}</p></noscript>
</section>
</main>
<p id="news" role="status" class="for-readers"></p>
</body>
</html>
`.html;
}

/** One price is large; several are a choice. */
function pricesOf(
  accepts: readonly PaymentRequirements[],
  prices: readonly string[],
  messages: Messages,
): Html {
  const note = accepts.every(({ asset }) => asset === 'lovelace') ? messages.feeNote : messages.feeNoteToken;
  const [price = ''] = prices;
  if (prices.length === 1) return html`<p class="price">${price}</p><p class="note">${note}</p>`;
  const options = prices.map(
    (each, index) =>
      html`<label><input type="radio" name="price" value="${String(index)}"${index === 0 ? html` checked` : undefined}> <span>${each}</span></label>`,
  );
  return html`<fieldset class="prices"><legend>${messages.priceChoice}</legend>${options}</fieldset><p class="note">${note}</p>`;
}

function networkOf(accepts: readonly PaymentRequirements[], messages: Messages): Html | undefined {
  const names = [...new Set(accepts.map(({ network }) => networkName(network, messages)))];
  return names.length === 0
    ? undefined
    : html`<div><dt>${messages.network}</dt><dd>${names.join(', ')}</dd></div>`;
}

/** The parts of an address that a person knows it by. It is text: nothing on the page leads there. */
function placeOf(url: string): { readonly host: string; readonly path: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed?.host ? { host: parsed.host, path: parsed.pathname } : { host: url, path: '' };
}
