import type { Refused, Settlement } from '@x402-facilitator/journal';
import { backoffMs, type SubmitContext } from './context.js';

/** A transaction without TTL that nothing took for a day waits for a ledger that may never come. It costs little meanwhile. */
const UNENDING_MS = 600_000;

/** Records that the node may or may not have the transaction: it is looked for after a while, and sent again. */
export async function recordDoubt(
  { writer, now }: Pick<SubmitContext, 'writer' | 'now'>,
  { network, txHash, attempts, ttl, expiresAtMs }: Settlement,
  lastProviderMessage: string,
  { waitMs = backoffMs(attempts), ...refused }: { readonly waitMs?: number } & Refused = {},
): Promise<void> {
  const isUnending = ttl === undefined && now() >= expiresAtMs;
  await writer.transition({
    network,
    txHash,
    from: ['submitting'],
    to: 'ambiguous',
    fence: attempts,
    change: { lastProviderMessage, ...refused },
    lookAgainAtMs: now() + (isUnending ? Math.max(waitMs, UNENDING_MS) : waitMs),
  });
}
