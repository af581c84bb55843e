import type { TxHash } from '@x402-facilitator/cardano';
import { type Settlement, ttlEndsAtMs } from '@x402-facilitator/journal';
import { type CommandContext, findSettlement, type JsonOption } from '../command.js';
import { age, toReport } from '../words.js';

/** `ops inspect TX`: the record, its job, and the next step. */
export async function inspect(
  { networks, out, now }: CommandContext,
  txHash: TxHash,
  { json }: JsonOption,
): Promise<number> {
  const { settlement, at } = await findSettlement(networks, txHash);
  const [job, paused] = await Promise.all([at.queue.jobState(txHash), at.queue.isPaused()]);
  const next = nextOf(settlement, now());
  const report = {
    ...toReport(settlement),
    inputs: settlement.inputs,
    kind: settlement.kind,
    ttl: settlement.ttl ?? null,
    revision: settlement.revision,
    binding: settlement.binding,
    hasScripts: settlement.hasScripts,
    traceparent: settlement.traceparent ?? null,
    providerMessage: settlement.lastProviderMessage ?? null,
    job,
    queuePaused: paused,
    next,
  };
  if (json === true) out(JSON.stringify(report, null, 2));
  else
    for (const [name, value] of Object.entries(report))
      if (value !== null)
        out(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return 0;
}

function nextOf(settlement: Settlement, nowMs: number): string {
  const { state, finalAtMs, confirmations, requiredConfirmations } = settlement;
  const left = leftOf(ttlEndsAtMs(settlement), nowMs);
  switch (state) {
    case 'queued':
      return `a worker sends it; ${left}`;
    case 'submitting':
      return `its sender records the answer, or another worker looks for it; ${left}`;
    case 'ambiguous':
      return `a worker looks for it, and sends the same bytes again if it is not found; ${left}`;
    case 'submitted':
      return `a block holds it; ${left}`;
    case 'included':
      return `${requiredConfirmations - (confirmations ?? 0)} more blocks confirm it`;
    case 'confirmed':
      return finalAtMs === undefined
        ? 'watched for a rollback until the stability window ends'
        : 'nothing: final';
    case 'failed':
    case 'expired':
      return 'nothing: final';
  }
}

function leftOf(endsAtMs: number | undefined, nowMs: number): string {
  if (endsAtMs === undefined) return 'it has no TTL';
  return nowMs < endsAtMs ? `its TTL ends in ${age(endsAtMs - nowMs)}` : 'its TTL has passed';
}
