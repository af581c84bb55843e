import type { Network, OutRefKey, TxHash } from '@x402-facilitator/cardano';
import type {
  ClaimOutcome,
  DeliveryOutcome,
  InFlight,
  ReservationOutcome,
  Settlement,
  SettlementClaim,
  SettlementEvent,
} from './settlement.js';
import type { SettlementState } from './states.js';

/**
 * The fields that a transition may write beside the state. The times are stamped by the journal where they are left
 * out, and what a rollback makes untrue (block, confirmations, times) it clears by itself.
 */
export type SettlementChange = Partial<
  Pick<
    Settlement,
    | 'submittedAtMs'
    | 'includedAtMs'
    | 'settledAtMs'
    | 'block'
    | 'confirmations'
    | 'errorReason'
    | 'errorMessage'
    | 'lastProviderMessage'
    | 'proof'
  >
>;

/** One fenced change of state. */
export type TransitionRequest = {
  readonly network: Network;
  readonly transaction: TxHash;
  /** The states in which the change may happen; in any other it is refused and nothing is written. */
  readonly from: readonly SettlementState[];
  readonly to: SettlementState;
  /** The attempt that asks, where only the running attempt may write. */
  readonly fence?: number;
  /** The follower's lease that asks: refused once another worker holds a newer one. */
  readonly leaseFence?: number;
  readonly change?: SettlementChange;
  /** When the sweeper should look at it again, POSIX ms; by default the journal's own patience with the new state. */
  readonly lookAgainAtMs?: number;
};

export type TransitionOutcome =
  | { readonly kind: 'changed'; readonly from: SettlementState; readonly settlement: Settlement }
  /** Another writer was faster, or the fence is old: the record as it stands. */
  | { readonly kind: 'refused'; readonly settlement: Settlement }
  | { readonly kind: 'not-found' };

/** A good `/verify` holds the inputs for a while (`chain.reservation.onVerify`). */
export type ReservationRequest = {
  readonly network: Network;
  readonly transaction: TxHash;
  readonly payer: string;
  readonly inputs: readonly OutRefKey[];
  readonly ttlMs: number;
  /** Holds that one payer may have at a time. */
  readonly maxConcurrent: number;
};

/**
 * The settlement journal on Redis. Every write is one Lua script that checks the expected state and publishes the
 * event in the same call.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 * @throws JournalCorruptError when a record is not of the shape that this version writes.
 */
export interface Journal {
  claim(claim: SettlementClaim): Promise<ClaimOutcome>;
  reserve(request: ReservationRequest): Promise<ReservationOutcome>;
  read(network: Network, transaction: TxHash): Promise<Settlement | undefined>;
  readMany(network: Network, transactions: readonly TxHash[]): Promise<readonly (Settlement | undefined)[]>;
  /** The bytes to submit, exactly as claimed, or as a worker completed them. */
  readSignedTransaction(network: Network, transaction: TxHash): Promise<Uint8Array | undefined>;
  /** What the caller of a sponsored payment sent, as JSON; nothing for any other payment. */
  readRequest(network: Network, transaction: TxHash): Promise<string | undefined>;
  /**
   * Keeps the bytes of a sponsored payment with the worker's signature in them: whoever submits it from here on sends
   * these. The caller has seen to it that they are the same transaction. False when it is over, or not sponsored.
   */
  completeTransaction(network: Network, transaction: TxHash, bytes: Uint8Array): Promise<boolean>;
  /** @param termsDigest Masumi: the terms that the transaction pays. */
  inFlight(
    network: Network,
    transaction: TxHash,
    inputs: readonly OutRefKey[],
    termsDigest?: string,
  ): Promise<InFlight>;
  transition(request: TransitionRequest): Promise<TransitionOutcome>;
  /** Hands out a confirmed success once per binding; the same `idempotencyKey` collects it again. */
  deliver(
    network: Network,
    transaction: TxHash,
    idempotencyKey?: string,
  ): Promise<DeliveryOutcome | undefined>;
  /** Every settlement that is not terminal, and confirmed ones inside the stability window; oldest first. */
  pending(network: Network): Promise<readonly TxHash[]>;
}

/** How much is in flight. */
export type PendingCounts = {
  /** Neither confirmed nor over. */
  readonly pending: number;
  /** Of those (and of mempool-confirmed ones), not in a block yet. */
  readonly awaiting: number;
  /** Confirmed, inside the stability window. */
  readonly watched: number;
};

/** The unfinished settlements in one state. */
export type BacklogState = {
  readonly state: SettlementState;
  readonly count: number;
  /** When the oldest of them was queued, POSIX ms. */
  readonly oldestQueuedAtMs: number;
};

/**
 * The journal as the worker reads it: indexes that answer "what must be looked at now" without reading every record.
 * Each script that writes a record keeps them.
 */
export interface SettlementIndex {
  counts(network: Network): Promise<PendingCounts>;
  /** When the oldest unfinished settlement was queued, POSIX ms. */
  oldestPendingMs(network: Network): Promise<number | undefined>;
  /** The unfinished settlements by state, states that have any; of a very long backlog the oldest 10 000 only. */
  backlog(network: Network): Promise<readonly BacklogState[]>;
  /** Not in a block yet, the first to expire first. */
  awaiting(network: Network, limit: number): Promise<readonly TxHash[]>;
  /** Those of the given ids that are not in a block yet. */
  matchAwaiting(network: Network, transactions: readonly TxHash[]): Promise<readonly TxHash[]>;
  /** Not in a block yet though their TTL slot began at or before `expiredBeforeMs`. */
  overdue(network: Network, expiredBeforeMs: number, limit: number): Promise<readonly TxHash[]>;
  /** In a block and not deep enough yet. */
  included(network: Network): Promise<readonly TxHash[]>;
  /** In a block higher than `height`: what a rollback to that height takes back. */
  landedAbove(network: Network, height: number): Promise<readonly Settlement[]>;
  /** Confirmed, and their stability window has ended. */
  stable(network: Network, nowMs: number, limit: number): Promise<readonly TxHash[]>;
  /** Makes a stable confirmation terminal; false when it is not one (any more). */
  conclude(network: Network, transaction: TxHash, leaseFence?: number): Promise<boolean>;
  /** What the sweeper should look at, most overdue first. */
  due(network: Network, nowMs: number, limit: number): Promise<readonly TxHash[]>;
  /**
   * Every settlement that is kept, in no order, a batch at a time; one that changes meanwhile may be missed only if it
   * was claimed after the beginning. For exports: it walks the whole of Redis's keys.
   */
  all(network: Network): AsyncIterable<readonly Settlement[]>;
  /** Looks at it again later; nothing happens when nobody wanted to look. */
  postpone(network: Network, transaction: TxHash, untilMs: number): Promise<void>;
}

/** Wakes whoever waits for a settlement, on any replica. */
export interface SettlementEvents {
  /**
   * Calls `listener` on every event of one settlement until the returned function is called. Subscribe first, then
   * read: an event between the two would be missed otherwise. After Redis was away, every settlement that is
   * listened to is read again and reported as an event.
   */
  subscribe(transaction: TxHash, listener: (event: SettlementEvent) => void): () => void;
  close(): Promise<void>;
}

/** Redis did not answer: nothing was written, or it is unknown whether it was. */
export class JournalUnavailableError extends Error {
  override readonly name = 'JournalUnavailableError';
}

/** A record that this version cannot read. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError';
}
