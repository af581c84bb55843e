import type { OutRefKey, Result, TxHash } from '@x402-facilitator/cardano';
import type {
  Pool,
  PoolCounts,
  PoolOutput,
  Sponsorship,
  SponsorshipBooks,
  SponsorshipId,
  SponsorshipLimit,
  SponsorshipLimits,
  SponsorshipReading,
  SponsorshipState,
  UnreadableSponsorship,
} from './sponsorship.js';

export type PublishPoolRequest = Omit<Pool, 'publishedAtMs'> & {
  /** Of the follower's lease. The write is refused once another worker holds a newer lease. */
  readonly fence: number;
  /** Every output of the pool that the chain shows, reserved ones included. */
  readonly outputs: readonly PoolOutput[];
  /** How long the pool stays valid without being published again. */
  readonly ttlMs: number;
};

export type PublishPoolOutcome =
  | {
      readonly kind: 'published';
      readonly free: number;
      /** Outputs that a live sponsorship claims, listed or not: leave them alone. */
      readonly claimed: ReadonlyMap<OutRefKey, SponsorshipId>;
      /** Reservations that ran out and that this version cannot read: their outputs stay lent. */
      readonly setAside: readonly UnreadableSponsorship[];
    }
  /** Another worker holds a newer lease: nothing was written. */
  | { readonly kind: 'superseded' };

export type ReserveRequest = {
  readonly caller: string;
  /** bech32, in the canonical spelling. */
  readonly payer: string;
  readonly maxFeeLovelace: bigint;
  readonly minAdaLovelace: bigint;
  readonly ttlMs: number;
  /** Reservations that a caller, and a payer, may have waiting at a time. */
  readonly maxConcurrent: number;
  /** Of the pool's outputs, what one caller may have lent at a time, used ones included: above 0, at most 1. */
  readonly callerShare: number;
  readonly limits: SponsorshipLimits;
};

export type ReserveOutcome =
  | { readonly kind: 'reserved'; readonly sponsorship: Sponsorship }
  /** @property retryAtMs when the next reservation runs out, if any waits. */
  | { readonly kind: 'pool-empty'; readonly retryAtMs?: number }
  | { readonly kind: 'too-many'; readonly by: 'caller' | 'payer'; readonly limit: number }
  /** @property retryAtMs when the next UTC day begins. */
  | { readonly kind: 'limit-reached'; readonly limit: SponsorshipLimit; readonly retryAtMs: number }
  /** No worker with a wallet keeps a pool, or its circuit breaker is open and says why. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** The record exists, and this version cannot read it or its books: nothing was written. */
type Unreadable = { readonly kind: 'unreadable'; readonly record: UnreadableSponsorship };

export type BindRequest = {
  readonly id: SponsorshipId;
  readonly txHash: TxHash;
  readonly payer: string;
  /** The output that the transaction spends. */
  readonly input: OutRefKey;
  /** When the TTL slot of the transaction begins, POSIX ms. */
  readonly transactionExpiresAtMs: number;
};

export type BindOutcome =
  | Unreadable
  /** Now, or before by the same transaction. */
  | { readonly kind: 'bound'; readonly sponsorship: Sponsorship }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' }
  /** Reserved for another payer or another output. */
  | { readonly kind: 'mismatch' }
  /** Another transaction was first. */
  | { readonly kind: 'used'; readonly by: TxHash };

export type SignRequest = {
  readonly id: SponsorshipId;
  readonly txHash: TxHash;
  readonly feeLovelace: bigint;
  readonly lentLovelace: bigint;
  /** The limits of the worker that signs. */
  readonly limits: SponsorshipLimits;
};

export type SignOutcome =
  | Unreadable
  /** Now, or before with the same cost: the signature may leave the worker. */
  | { readonly kind: 'signed'; readonly sponsorship: Sponsorship }
  /** There is no such sponsorship, it is bound to another transaction, or it has ended. */
  | { readonly kind: 'not-bound'; readonly state?: SponsorshipState }
  /** It costs more than was reserved, or not the same as was signed before. */
  | { readonly kind: 'too-dear'; readonly reservedLovelace: bigint }
  | { readonly kind: 'limit-reached'; readonly limit: SponsorshipLimit };

export type CloseRequest = {
  readonly id: SponsorshipId;
  readonly txHash: TxHash;
  /**
   * `spent`: the transaction is in a block for good (only a signed one can be). `released`: it can no longer be included, and the output
   * is unspent. `lost`: something else spent the output.
   */
  readonly as: 'spent' | 'released' | 'lost';
};

export type CloseOutcome =
  | Unreadable
  /** Now, or before in the same way. */
  | { readonly kind: 'closed'; readonly sponsorship: Sponsorship }
  | { readonly kind: 'refused'; readonly state?: SponsorshipState };

/** A sponsorship whose record was lost, as the ledger tells of it. */
export type RestoreRequest = {
  readonly id: SponsorshipId;
  readonly txHash: TxHash;
  readonly payer: string;
  readonly input: OutRefKey;
  readonly lovelace: bigint;
  readonly changeAddress: string;
  readonly feeLovelace: bigint;
  readonly lentLovelace: bigint;
  /** When its block was made: the limits of that UTC day count it. */
  readonly signedAtMs: number;
  readonly transactionExpiresAtMs: number;
};

export type RestoreOutcome =
  | { readonly kind: 'restored' }
  /** It has a record. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * The pool of one network and who may use which of its outputs, in Redis. Every write is one Lua script. The next write
 * gives back the outputs of reservations that expired unused.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 * @throws JournalCorruptError when Redis answers what no script of this version answers.
 */
export interface SponsorshipStore {
  /**
   * Says which outputs exist. An output that a sponsorship or a settlement in flight claims does not become free. Once
   * this resolves, an output that is not listed cannot be reserved, so the wallet may spend it unless it is claimed.
   */
  publishPool(request: PublishPoolRequest): Promise<PublishPoolOutcome>;
  /** `undefined` when no worker has published one lately. */
  readPool(): Promise<Result<Pool | undefined, string>>;
  /** Takes one free output for a payer and books the worst case (`maxFeeLovelace + minAdaLovelace`) for the day. */
  reserve(request: ReserveRequest): Promise<ReserveOutcome>;
  read(id: SponsorshipId): Promise<SponsorshipReading>;
  /** Gives a reservation to one transaction for good. Idempotent. */
  bind(request: BindRequest): Promise<BindOutcome>;
  /**
   * Takes a reservation from a transaction that was not claimed after all. A transaction that is signed or has a
   * settlement keeps it.
   */
  unbind(request: Pick<BindRequest, 'id' | 'txHash'>): Promise<boolean>;
  /** Books the real cost. The worker calls it before its signature leaves the process. Idempotent. */
  markSigned(request: SignRequest): Promise<SignOutcome>;
  /** Puts a lost sponsorship back on the books, as signed. Idempotent. */
  restore(request: RestoreRequest): Promise<RestoreOutcome>;
  /** Ends a bound or signed sponsorship. Idempotent. */
  close(request: CloseRequest): Promise<CloseOutcome>;
  /** Bound and signed ones, the longest bound first: what the worker's maintenance looks after. */
  bound(limit: number): Promise<readonly SponsorshipReading[]>;
  counts(): Promise<PoolCounts>;
  books(): Promise<Result<SponsorshipBooks, string>>;
  /** Every sponsorship that is kept, in no order, a batch at a time. For exports: it walks the whole of Redis's keys. */
  all(): AsyncIterable<readonly SponsorshipReading[]>;
}
