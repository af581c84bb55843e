import type { TxHash } from '@x402-facilitator/cardano';
import { isDone, JournalUnavailableError, type Settlement } from '@x402-facilitator/journal';
import type { ReadStatus } from './read-status.js';
import { SettlementUnreadableError } from './settlement-unreadable.js';

/** Proxies cut silent connections; most of them wait at least half a minute. */
const HEARTBEAT_MS = 15_000;

/** What a follower is told: a change, or that the connection is alive. */
export type StatusNews =
  | { readonly kind: 'changed'; readonly settlement: Settlement }
  | { readonly kind: 'heartbeat' };

/**
 * Every change of a settlement until it has ended, with heartbeats in between. Of changes that come faster than they are
 * read only the last is told: each one tells the whole settlement. It stops early when the follower hangs up, the
 * process stops or the journal is away; a follower that comes back with its last revision misses nothing.
 *
 * @param options.seenRevision the last revision that the follower knows; it and older ones are not told again.
 */
export async function* followStatus(options: {
  readonly readStatus: ReadStatus;
  readonly transaction: TxHash;
  readonly seenRevision: number;
  readonly hungUp: AbortSignal;
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number;
}): AsyncGenerator<StatusNews> {
  const { readStatus, transaction, hungUp, stopping, heartbeatMs = HEARTBEAT_MS } = options;
  let { seenRevision } = options;
  while (!hungUp.aborted && !stopping.aborted) {
    const settlement = await whileAvailable(
      readStatus({ transaction, waitMs: heartbeatMs, seenRevision, hungUp }),
    );
    if (settlement === undefined) return;
    const isNew = settlement.revision > seenRevision;
    seenRevision = settlement.revision;
    if (isNew) yield { kind: 'changed', settlement };
    else if (!hungUp.aborted && !stopping.aborted) yield { kind: 'heartbeat' };
    if (isDone(settlement)) return;
  }
}

/** Nothing, when the journal does not answer, or no longer with what this version can read. */
async function whileAvailable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof JournalUnavailableError || error instanceof SettlementUnreadableError)
      return undefined;
    throw error;
  }
}
