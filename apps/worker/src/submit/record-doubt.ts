import type { Settlement } from '@x402-facilitator/journal';
import { backoffMs, type SubmitContext } from './context.js';

/** Records that the node may or may not have the transaction: it is looked for after a while, and sent again. */
export async function recordDoubt(
  { writer, now }: Pick<SubmitContext, 'writer' | 'now'>,
  { network, txHash, attempts }: Settlement,
  lastProviderMessage: string,
  {
    waitMs = backoffMs(attempts),
    refusedAtMs,
  }: { readonly waitMs?: number; readonly refusedAtMs?: number } = {},
): Promise<void> {
  await writer.transition({
    network,
    txHash,
    from: ['submitting'],
    to: 'ambiguous',
    fence: attempts,
    change: { lastProviderMessage, ...(refusedAtMs === undefined ? {} : { refusedAtMs }) },
    lookAgainAtMs: now() + waitMs,
  });
}
