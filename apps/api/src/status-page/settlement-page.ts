import type { SchemeRegistry } from '@x402-facilitator/cardano';
import { isDone, type Settlement, ttlEndsAtMs } from '@x402-facilitator/journal';
import { failureOf } from '@x402-facilitator/shared/wire';
import { describeAmount, type Html, html, timeOf } from '../html/index.js';
import type { Explorers } from './explorers.js';
import { layout } from './layout.js';
import { renderSteps } from './steps.js';
import { wordsOf } from './words.js';

/** The page of a payment: its progress, its details, and why it failed if it did. Parts that may change are marked. */
export function renderSettlementPage(
  settlement: Settlement,
  { explorers, schemes }: { readonly explorers: Explorers; readonly schemes: SchemeRegistry },
): string {
  const { tone, headline, lead } = wordsOf(settlement, schemes);
  const amount = describeAmount(settlement.asset, settlement.amount);
  return layout({
    title: `${headline} · ${amount}`,
    tone,
    isLive: !isDone(settlement),
    news: `${headline}. ${newsOf(settlement)}`,
    context: `x402 payment · Cardano ${settlement.network.slice('cardano:'.length)}`,
    content: html`<section class="headline" data-part="headline">
<h1>${headline}</h1>
<p>${lead}</p>
</section>
<p class="amount">${amount}</p>
${renderSteps(settlement)}
${renderFailure(settlement)}
${renderFacts(settlement, explorers)}`,
  });
}

function newsOf({ state, confirmations, requiredConfirmations }: Settlement): string {
  return state === 'included'
    ? `${Math.max(confirmations ?? 0, 0)} of ${requiredConfirmations} confirmations.`
    : '';
}

function renderFailure(settlement: Settlement): Html {
  const failure = failureOf(settlement);
  if (failure === undefined) return html`<div data-part="failure"></div>`;
  const { lastProviderMessage: said } = settlement;
  const hasMore = said !== undefined && !failure.message.includes(said);
  return html`<section class="details" data-part="failure">
<h2>What went wrong</h2>
<p><bdi>${failure.message}</bdi></p>
<p class="code">${failure.code}</p>
${
  hasMore
    ? html`<details><summary>What the network’s node said</summary><p class="code"><bdi>${said}</bdi></p></details>`
    : undefined
}
</section>`;
}

function renderFacts(settlement: Settlement, explorers: Explorers): Html {
  const { txHash, network, block } = settlement;
  const endsAtMs = isDone(settlement) ? undefined : ttlEndsAtMs(settlement);
  const explorer = explorers.get(network);
  const facts: readonly (readonly [name: string, value: Html | undefined])[] = [
    ['Paid to', id(settlement.payTo)],
    ['Paid by', id(settlement.payer)],
    ['Transaction', id(txHash)],
    ['Token', settlement.asset === 'lovelace' ? undefined : id(settlement.asset)],
    ['Block', block && html`<span class="id">${block.hash}</span>`],
    ['Valid until', endsAtMs === undefined ? undefined : timeOf(endsAtMs)],
  ];
  return html`<section data-part="facts" aria-labelledby="facts">
<h2 id="facts" class="for-readers">The payment</h2>
<dl>
${facts.map(([name, value]) => (value === undefined ? html`` : html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`))}</dl>
${
  block && explorer !== undefined
    ? html`<p><a id="explorer" class="button" href="${explorer + txHash}" rel="external noopener noreferrer">See it on the chain</a></p>`
    : undefined
}
</section>`;
}

function id(text: string): Html {
  return html`<bdi class="id">${text}</bdi>`;
}
