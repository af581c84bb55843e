import type { TxHash } from '@x402-facilitator/cardano';
import { isDone, JournalUnavailableError, type Settlement } from '@x402-facilitator/journal';
import type { ReadStatus } from './read-status.js';
import { SettlementUnreadableError } from './settlement-unreadable.js';

/** Proxies close silent connections; most wait at least half a minute. */
const HEARTBEAT_MS = 15_000;

/** What a follower gets: a change, or a sign that the connection is alive. */
export type StatusNews =
  | { readonly kind: 'changed'; readonly settlement: Settlement }
  | { readonly kind: 'heartbeat' };

/**
 * Every change of a settlement until it has ended, with heartbeats in between. When changes come faster than they are
 * read, only the last is sent: each one holds the whole settlement. It stops early when the follower hangs up, the
 * process stops or the journal is away. A follower that returns with its last revision misses nothing.
 *
 * @param options.seenRevision the last revision that the follower has; it and older ones are not sent again.
 */
export async function* followStatus(options: {
  readonly readStatus: ReadStatus;
  readonly txHash: TxHash;
  readonly seenRevision: number;
  readonly hungUp: AbortSignal;
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number;
}): AsyncGenerator<StatusNews> {
  const { readStatus, txHash, hungUp, stopping, heartbeatMs = HEARTBEAT_MS } = options;
  let { seenRevision } = options;
  while (!hungUp.aborted && !stopping.aborted) {
    const settlement = await whileAvailable(
      readStatus({ txHash, waitMs: heartbeatMs, seenRevision, hungUp }),
    );
    if (settlement === undefined) return;
    const isNew = settlement.revision > seenRevision;
    seenRevision = settlement.revision;
    if (isNew) yield { kind: 'changed', settlement };
    else if (!hungUp.aborted && !stopping.aborted) yield { kind: 'heartbeat' };
    if (isDone(settlement)) return;
  }
}

/** `undefined` when the journal does not answer, or when this version cannot read the record any more. */
async function whileAvailable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof JournalUnavailableError || error instanceof SettlementUnreadableError)
      return undefined;
    throw error;
  }
}
