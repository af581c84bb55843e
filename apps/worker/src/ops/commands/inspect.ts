import type { TxHash } from '@x402-facilitator/cardano';
import { nextOf, toReport } from '@x402-facilitator/shared/operations';
import { type CommandContext, findAnywhere, type JsonOption } from '../command.js';

/** `ops inspect TX`: the record, its job, and the next step. */
export async function inspect(
  context: CommandContext,
  txHash: TxHash,
  { json }: JsonOption,
): Promise<number> {
  const { out, now } = context;
  const { settlement, at, isArchived } = await findAnywhere(context, txHash);
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
    ...(isArchived ? { archived: true } : {}),
    next,
  };
  if (json === true) out(JSON.stringify(report, null, 2));
  else
    for (const [name, value] of Object.entries(report))
      if (value !== null)
        out(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return 0;
}
