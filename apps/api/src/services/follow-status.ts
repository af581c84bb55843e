import type { TxHash } from '@x402-facilitator/cardano';
import { JournalUnavailableError, type Settlement } from '@x402-facilitator/shared/journal';
import { isSettled } from './describe-settlement.js';
import type { ReadStatus } from './read-status.js';

/** Intermediaries cut connections on which nothing moves; most of them wait at least half a minute. */
const HEARTBEAT_MS = 15_000;

/** What a follower is told: a change, or that the line is alive. */
export type StatusNews =
  | { readonly kind: 'changed'; readonly settlement: Settlement }
  | { readonly kind: 'heartbeat' };

/**
 * Every change of a settlement until it is settled, with heartbeats in between. Changes that follow each other faster
 * than they are read appear as the last of them: each one tells the whole settlement.
 *
 * @param options.seenRevision the last revision that the follower knows; older ones are not told again.
 * @param options.signal ends it: the follower is gone or the process stops.
 */
export async function* followStatus(options: {
  readonly readStatus: ReadStatus;
  readonly transaction: TxHash;
  readonly seenRevision: number;
  readonly signal: AbortSignal;
  readonly heartbeatMs?: number;
}): AsyncGenerator<StatusNews> {
  const { readStatus, transaction, signal, heartbeatMs = HEARTBEAT_MS } = options;
  let seenRevision = options.seenRevision;
  while (!signal.aborted) {
    const settlement = await readOrWait();
    if (settlement === undefined || settlement.revision <= seenRevision) {
      if (settlement !== undefined && isSettled(settlement)) return;
      if (!signal.aborted) yield { kind: 'heartbeat' };
      continue;
    }
    seenRevision = settlement.revision;
    yield { kind: 'changed', settlement };
    if (isSettled(settlement)) return;
  }

  async function readOrWait(): Promise<Settlement | undefined> {
    try {
      return await readStatus({ transaction, waitMs: heartbeatMs, seenRevision, hungUp: signal });
    } catch (error) {
      if (!(error instanceof JournalUnavailableError)) throw error;
      await pause(heartbeatMs, signal);
      return undefined;
    }
  }
}

/** Waits, or less when the signal fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
