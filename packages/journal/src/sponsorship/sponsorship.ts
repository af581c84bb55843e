import type { Network, OutRefKey, TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';

/**
 * What a payer names in its payment: 128 random bits as 32 lowercase hex characters. Knowing it is enough to use it.
 */
export type SponsorshipId = string & z.$brand<'SponsorshipId'>;

export const sponsorshipIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'expected 32 lowercase hex characters')
  .brand<'SponsorshipId'>();

/**
 * Every state of a sponsorship (docs/sponsorship.md draws them).
 *
 * - `reserved`: the output waits for its payer, until `expiresAtMs`.
 * - `bound`: one transaction was claimed with it; no other can be.
 * - `signed`: the worker has decided to sign; its cost is known and on the books.
 * - `spent`: the transaction is in a block for good. `expired`: never used. `released`: its transaction can no longer be included, the
 *   output is back. `lost`: something else spent the output.
 */
export const SPONSORSHIP_STATES = [
  'reserved',
  'bound',
  'signed',
  'spent',
  'expired',
  'released',
  'lost',
] as const;

export type SponsorshipState = (typeof SPONSORSHIP_STATES)[number];

/** States that never change again. */
export const CLOSED_SPONSORSHIP_STATES = [
  'spent',
  'expired',
  'released',
  'lost',
] as const satisfies readonly SponsorshipState[];

/** One reserved output of the wallet's pool and its fate. Times are POSIX milliseconds, amounts lovelace. */
export type Sponsorship = {
  readonly schemaVersion: 1;
  readonly network: Network;
  readonly id: SponsorshipId;
  readonly state: SponsorshipState;
  /** Who asked: the name of its key, else its address. Daily limits count by it. */
  readonly caller: string;
  /** bech32, in the canonical spelling; the nonce of the payment must be this address's. */
  readonly payer: string;
  readonly input: OutRefKey;
  /** What the output holds. */
  readonly lovelace: bigint;
  /** The wallet's own address: where the change goes. */
  readonly changeAddress: string;
  readonly maxFeeLovelace: bigint;
  /** The most that is lent to the paying output; 0 for a payment in ada. */
  readonly minAdaLovelace: bigint;
  /** The UTC day whose limits it counts against, YYYY-MM-DD. */
  readonly day: string;
  /** How much of those limits it uses now: the worst case until it is signed, then the cost, 0 once it came back. */
  readonly bookedLovelace: bigint;
  readonly reservedAtMs: number;
  readonly expiresAtMs: number;
  /** From `bound` on. */
  readonly txHash?: TxHash;
  readonly boundAtMs?: number;
  /** When the TTL slot of the transaction begins. */
  readonly transactionExpiresAtMs?: number;
  /** From `signed` on: what the facilitator pays. */
  readonly feeLovelace?: bigint;
  readonly lentLovelace?: bigint;
  readonly signedAtMs?: number;
  readonly closedAtMs?: number;
};

/** An output of the wallet that may be lent. */
export type PoolOutput = { readonly output: OutRefKey; readonly lovelace: bigint };

/** The pool as the worker last published it. */
export type Pool = {
  readonly changeAddress: string;
  /** How many outputs the worker wants to keep. */
  readonly size: number;
  /** Why nothing can be reserved even if outputs are free. Absent while the circuit is closed. */
  readonly breaker?: string;
  /** The protocol parameter by which the API computes min-UTxO without asking a chain. */
  readonly coinsPerUtxoByte: bigint;
  readonly publishedAtMs: number;
};

/**
 * Current numbers of outputs and reservations. `known` = `free` + those of `reserved`, `bound` and `signed` that still
 * exist.
 */
export type PoolCounts = {
  /** Outputs that the worker published. */
  readonly known: number;
  readonly free: number;
  /** Waiting for their payer. */
  readonly reserved: number;
  /** Bound or signed: their transaction is on its way. */
  readonly bound: number;
};

/**
 * The books since the pool began, in lovelace. Always: `reserved = returned + spent + outstanding`. `signed` is all
 * that the worker agreed to pay; `spent` of it was included, and the rest came back.
 */
export type SponsorshipBooks = {
  readonly reservedCount: number;
  readonly reservedLovelace: bigint;
  readonly expiredCount: number;
  readonly releasedCount: number;
  readonly lostCount: number;
  readonly returnedLovelace: bigint;
  readonly signedCount: number;
  readonly signedLovelace: bigint;
  readonly spentCount: number;
  readonly spentFeeLovelace: bigint;
  readonly spentLentLovelace: bigint;
  readonly outstandingLovelace: bigint;
  /**
   * The wallet's own transactions, which split and merge its outputs, and their fees. They are not part of the
   * equation.
   */
  readonly poolCount: number;
  readonly poolFeeLovelace: bigint;
};

/** The most that may be booked on one UTC day, in lovelace. */
export type SponsorshipLimits = {
  readonly perPayerLovelace: bigint;
  readonly perKeyLovelace: bigint;
  readonly perDayLovelace: bigint;
};

/** The limit that a sponsorship would break. */
export type SponsorshipLimit = 'payer' | 'key' | 'day';
