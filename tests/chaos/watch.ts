import { setTimeout as sleep } from 'node:timers/promises';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import { type Journal, settlementsIn } from '@x402-facilitator/journal';
import type { RedisGroup } from '../support/redis-group.js';
import type { HistoryWriter } from './history.js';

const LOOK_MS = 250;

/** How long settlements waited for a worker. */
export type Watch = {
  readonly slowestMs: number;
  readonly slowest: string;
};

/**
 * Watches every settlement that is `queued` or `submitting`: in both states a worker must act. The longest time without
 * a change is the slowest recovery. An outage of Redis counts too.
 */
export async function watchJournal(journal: Journal, network: Network, over: AbortSignal): Promise<Watch> {
  const since = new Map<TxHash, { readonly revision: number; readonly atMs: number }>();
  let slowestMs = 0;
  let slowest = '';
  while (!over.aborted) {
    await sleep(LOOK_MS);
    const readings = await journal
      .pending(network)
      .then((ids) => journal.readMany(network, ids))
      .catch(() => []);
    for (const { txHash: transaction, revision, state, expiresAtMs } of settlementsIn(readings)) {
      // No worker has to send it any more. From here on only the chain's time counts.
      if (Date.now() >= expiresAtMs) continue;
      const known = since.get(transaction);
      if (known === undefined || known.revision !== revision) {
        since.set(transaction, { revision, atMs: performance.now() });
        continue;
      }
      const stoodMs = performance.now() - known.atMs;
      if ((state === 'queued' || state === 'submitting') && stoodMs > slowestMs) {
        slowestMs = stoodMs;
        slowest = `${transaction} ${state}`;
      }
    }
  }
  return { slowestMs, slowest };
}

/** Notes each fail-over in the history, whatever brought it about, and counts them. */
export async function watchPrimary(
  redis: RedisGroup,
  history: HistoryWriter,
  over: AbortSignal,
): Promise<number> {
  let failOvers = 0;
  let primary = await redis.primary();
  let seenAtMs = history.now();
  while (!over.aborted) {
    await sleep(LOOK_MS);
    const found = await redis.primary().catch(() => primary);
    if (found !== primary) {
      failOvers += 1;
      history.add({ kind: 'fault', fault: 'fail-over', beginMs: seenAtMs, endMs: history.now() });
    }
    primary = found;
    seenAtMs = history.now();
  }
  return failOvers;
}
