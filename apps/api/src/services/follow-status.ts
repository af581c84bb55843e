import type { TxHash } from '@x402-facilitator/cardano';
import {
  isDone,
  JournalUnavailableError,
  type Settlement,
  type SettlementEvents,
} from '@x402-facilitator/journal';
import { onAbort } from './on-abort.js';
import type { ReadStatus } from './read-status.js';
import { SettlementUnreadableError } from './settlement-unreadable.js';
import { createTurns } from './turns.js';
import type { Viewer } from './visibility.js';

/** Proxies close silent connections; most wait at least half a minute. */
const HEARTBEAT_MS = 15_000;

/**
 * Followers that are told in one turn of the event loop. After a block thousands have news, and those who wait for the
 * answer of `/settle` go before them.
 */
const PER_TURN = 16;
const takeTurn = createTurns(PER_TURN);

/** What a follower gets: a change, or a sign that the connection is alive. */
export type StatusNews =
  | { readonly kind: 'changed'; readonly settlement: Settlement }
  | { readonly kind: 'heartbeat' };

/**
 * Every change of a settlement until it has ended, with heartbeats in between. When changes come faster than they are
 * read, or than its turn comes, only the last is sent: each one holds the whole settlement. It stops early when the
 * follower hangs up, the process stops or the journal is away. A follower that returns with its last revision misses
 * nothing.
 *
 * @param options.seenRevision the last revision that the follower has; it and older ones are not sent again.
 */
export async function* followStatus(options: {
  readonly readStatus: ReadStatus;
  readonly events: Pick<SettlementEvents, 'subscribe'>;
  readonly txHash: TxHash;
  readonly viewer: Viewer;
  readonly seenRevision: number;
  readonly hungUp: AbortSignal;
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number;
}): AsyncGenerator<StatusNews> {
  const { readStatus, events, txHash, viewer, hungUp, stopping, heartbeatMs = HEARTBEAT_MS } = options;
  let { seenRevision } = options;
  let latest: Settlement | undefined;
  let mustRead = true;
  let wake = () => {};
  let isInTurn = false;
  const wakeInTurn = () => {
    if (isInTurn) return;
    isInTurn = true;
    takeTurn(() => {
      isInTurn = false;
      wake();
    });
  };
  const see = (settlement: Settlement) => {
    if (settlement.revision > (latest?.revision ?? -1)) latest = settlement;
  };
  const isOver = () => hungUp.aborted || stopping.aborted;
  const leaves = [
    events.subscribe(txHash, (_event, settlement) => {
      if (settlement === undefined) mustRead = true;
      else see(settlement);
      wakeInTurn();
    }),
    ...[hungUp, stopping].map((signal) => onAbort(signal, () => wake())),
  ];
  try {
    let isLate = false;
    while (!isOver()) {
      if (mustRead) {
        mustRead = false;
        const read = await whileAvailable(readStatus({ txHash, viewer, waitMs: 0, hungUp }));
        if (read === undefined) return;
        see(read);
      }
      if (latest !== undefined && latest.revision > seenRevision) {
        seenRevision = latest.revision;
        yield { kind: 'changed', settlement: latest };
      } else if (isLate && !isOver()) yield { kind: 'heartbeat' };
      isLate = false;
      if (latest !== undefined && latest.revision === seenRevision && isDone(latest)) return;
      if (mustRead || isOver() || (latest !== undefined && latest.revision > seenRevision)) continue;
      isLate = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, heartbeatMs, true);
        wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      mustRead ||= isLate;
    }
  } finally {
    for (const leave of leaves) leave();
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
