import type { DiscoveryStatusResponse } from '@x402-facilitator/shared/wire';
import { document, type Html, html, readStyle, sourceHash, timeOf } from '../html/index.js';

const STYLE = readStyle('card.css', 'discovery-page/page.css');

/** Only the page's own style applies, no script runs, and its form asks this server. */
export const DISCOVERY_PAGE_POLICY = [
  "default-src 'none'",
  `style-src ${sourceHash(STYLE)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The page on which a seller asks about a URL. */
export function renderDiscoveryForm(): string {
  return layout('Is your resource listed?', 'none', form(''));
}

/** What a seller reads about one URL. What strangers declared stands in it as text. */
export function renderDiscoveryStatus(asked: string, status: DiscoveryStatusResponse): string {
  const isListed = status.status === 'listed';
  return layout(
    isListed ? 'It is listed' : 'It is not listed',
    isListed ? 'good' : 'bad',
    html`<section>
<p class="url"><bdi>${status.resource}</bdi></p>
${status.reason === null ? undefined : reasonText(status.reason)}
</section>
${status.listings.map(listingText)}
${status.refusals.map(refusalText)}
${form(asked)}`,
  );
}

function layout(title: string, tone: string, content: Html): string {
  return document({
    title,
    style: STYLE,
    body: html`<header><p>x402 discovery</p></header>
<main data-tone="${tone}">
<h1>${title}</h1>
${content}
</main>`,
  });
}

function form(asked: string): Html {
  return html`<form action="/discovery/status" method="get">
<label for="resource">The URL that buyers pay for</label>
<input id="resource" name="resource" type="url" required maxlength="2048" value="${asked}">
<button>Look it up</button>
</form>`;
}

function reasonText({ code, message, path }: NonNullable<DiscoveryStatusResponse['reason']>): Html {
  return html`<p data-code="${code}"><strong><bdi>${sentence(message)}</bdi></strong></p>
${path === undefined ? undefined : html`<p>In the declaration: <code><bdi>${path}</bdi></code></p>`}`;
}

function listingText(listing: DiscoveryStatusResponse['listings'][number]): Html {
  const { network, name, payTo, isListed, reason, isChanging, lastSettledAt, expiresAt } = listing;
  return html`<section>
<h2>${name} on ${network}</h2>
${reason === null ? undefined : reasonText(reason)}
${isChanging ? html`<p>The last payment declared something else. It is shown once a second payer’s payment declares the same.</p>` : undefined}
<dl>
<dt>Paid to</dt><dd><bdi>${payTo}</bdi></dd>
<dt>Last paid</dt><dd>${timeText(lastSettledAt)}</dd>
<dt>${isListed ? 'Listed until' : 'Expires'}</dt><dd>${timeText(expiresAt)}, unless it is paid again</dd>
</dl>
</section>`;
}

function refusalText({
  network,
  reason,
  transaction,
  payTo,
  at,
}: DiscoveryStatusResponse['refusals'][number]): Html {
  return html`<section>
<h2>The last payment on ${network}</h2>
${reasonText(reason)}
<dl>
<dt>Paid to</dt><dd><bdi>${payTo}</bdi></dd>
<dt>Transaction</dt><dd><bdi>${transaction}</bdi></dd>
<dt>At</dt><dd>${timeText(at)}</dd>
</dl>
</section>`;
}

function timeText(at: string | null): Html | undefined {
  return at === null ? undefined : timeOf(Date.parse(at));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
