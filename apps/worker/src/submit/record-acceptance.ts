import type { Settlement, SettlementState } from '@x402-facilitator/journal';
import type { SubmitContext } from './context.js';

/** Records that a node holds the transaction. Under an allowed `-1` policy this confirms it. */
export async function recordAcceptance(
  { writer, acceptMempool }: SubmitContext,
  settlement: Settlement,
  from: readonly SettlementState[],
  providerMessage: string,
): Promise<void> {
  const { network, txHash, attempts: fence } = settlement;
  const submitted = await writer.transition({
    network,
    txHash,
    from,
    to: 'submitted',
    fence,
    change: { lastProviderMessage: providerMessage },
  });
  if (submitted.kind !== 'changed' || !acceptMempool || settlement.requiredConfirmations !== -1) return;
  await writer.transition({
    network,
    txHash,
    from: ['submitted'],
    to: 'confirmed',
    fence,
    change: { confirmations: -1 },
  });
}
