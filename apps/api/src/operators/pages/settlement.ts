import type { Settlement } from '@x402-facilitator/journal';
import { nextOf, toReport } from '@x402-facilitator/shared/operations';
import { describeAmount, html, timeOf } from '../../html/index.js';
import { layout } from './layout.js';
import { terms } from './parts.js';
import { settlementsLink } from './settlements.js';

/** What happened to one settlement, when, and what is to come. */
export function renderSettlementPage({
  operator,
  settlement,
  job,
  nowMs,
}: {
  readonly operator: string;
  readonly settlement: Settlement;
  /** BullMQ's state of its job. */
  readonly job: string;
  readonly nowMs: number;
}): string {
  const { txHash, state, asset, amount, network, payer, lastProviderMessage } = settlement;
  return layout({
    title: `${describeAmount(asset, amount)}, ${state}`,
    operator,
    content: html`<p><code>${txHash}</code></p>
<p>Next: ${nextOf(settlement, nowMs)}.</p>
<section aria-labelledby="timeline">
<h2 id="timeline">Timeline</h2>
<ol>
${timelineOf(settlement).map(({ atMs, what }) => html`<li>${timeOf(atMs)}: <bdi>${what}</bdi></li>\n`)}</ol>
</section>
<section aria-labelledby="record">
<h2 id="record">Record</h2>
${terms([
  ['job', html`${job}`],
  [
    'providerMessage',
    lastProviderMessage === undefined ? undefined : html`<bdi>${lastProviderMessage}</bdi>`,
  ],
  ...Object.entries({
    ...toReport(settlement),
    resource: settlement.resource ?? null,
    method: settlement.method,
    kind: settlement.kind,
    inputs: settlement.inputs,
    ttl: settlement.ttl ?? null,
    revision: settlement.revision,
    binding: settlement.binding,
    sponsorship: settlement.sponsorship ?? null,
    traceparent: settlement.traceparent ?? null,
  }).map(
    ([name, value]) =>
      [
        name,
        value === null
          ? undefined
          : html`<bdi>${typeof value === 'object' ? JSON.stringify(value) : String(value)}</bdi>`,
      ] as const,
  ),
])}
<p><a href="${settlementsLink({ network, payer })}">All of this payer in the last day</a></p>
</section>`,
  });
}

type Step = { readonly atMs: number; readonly what: string };

/** What the record says of when, oldest first. */
function timelineOf(settlement: Settlement): readonly Step[] {
  const { state, block, requiredConfirmations, errorMessage, redeemedBecause, proof } = settlement;
  const steps: readonly (readonly [atMs: number | undefined, what: string])[] = [
    [settlement.queuedAtMs, 'accepted and queued'],
    [settlement.redeemedAtMs, `an operator redeemed it: ${redeemedBecause}`],
    [settlement.submittedAtMs, `a node took it (attempts in all: ${settlement.attempts})`],
    [
      settlement.refusedAtMs,
      'a node refused it in words that end it once they are said three times in a row',
    ],
    [settlement.includedAtMs, `found in block ${block?.height} (${block?.hash})`],
    [
      settlement.endedAtMs,
      state === 'confirmed'
        ? `confirmed (blocks asked for on top: ${requiredConfirmations})`
        : `${state}: ${errorMessage}${proof === undefined ? '' : `; proof: ${JSON.stringify(proof)}`}`,
    ],
    [settlement.deliveredAtMs, 'its success was collected'],
    [settlement.finalAtMs, 'final: nothing changes it any more'],
  ];
  return steps
    .flatMap(([atMs, what]) => (atMs === undefined ? [] : [{ atMs, what }]))
    .sort((one, other) => one.atMs - other.atMs);
}
