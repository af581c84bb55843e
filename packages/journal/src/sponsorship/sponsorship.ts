import { NETWORKS, type OutRefKey, type Result, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { amountField, countField, outRefField, txHashField } from '../redis/index.js';

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

/** The hash of one sponsorship. */
export const sponsorshipSchema = z.object({
  schemaVersion: z.literal('1').transform(() => 1 as const),
  network: z.enum(NETWORKS),
  id: sponsorshipIdSchema,
  state: z.enum(SPONSORSHIP_STATES),
  /** Who asked: the name of its key, else its address. Daily limits count by it. */
  caller: z.string(),
  /** bech32, in the canonical spelling; the nonce of the payment must be this address's. */
  payer: z.string(),
  input: outRefField,
  /** What the output holds. */
  lovelace: amountField,
  /** The wallet's own address: where the change goes. */
  changeAddress: z.string(),
  maxFeeLovelace: amountField,
  /** The most that is lent to the paying output; 0 for a payment in ada. */
  minAdaLovelace: amountField,
  /** The UTC day whose limits it counts against, YYYY-MM-DD. */
  day: z.string(),
  /** What it takes of those limits now: the worst case until it is signed, then the cost, nothing once it came back. */
  bookedLovelace: amountField,
  reservedAtMs: countField,
  expiresAtMs: countField,
  /** From `bound` on. */
  transaction: txHashField.exactOptional(),
  boundAtMs: countField.exactOptional(),
  /** When the TTL slot of the transaction begins. */
  transactionExpiresAtMs: countField.exactOptional(),
  /** From `signed` on: what the facilitator pays. */
  feeLovelace: amountField.exactOptional(),
  lentLovelace: amountField.exactOptional(),
  signedAtMs: countField.exactOptional(),
  closedAtMs: countField.exactOptional(),
});

type Stored = z.output<typeof sponsorshipSchema>;

/** One reserved output of the wallet's pool and what became of it. Times are POSIX milliseconds, amounts lovelace. */
export type Sponsorship = Readonly<Omit<Stored, 'transaction'> & { txHash?: TxHash }>;

/** A record that this version cannot read: of a newer version, or damaged. It is left as it is. */
export type UnreadableSponsorship = { readonly id: string; readonly reason: string };

/** What there is of a sponsorship; nothing when its record has expired, or there never was one. */
export type SponsorshipReading = Result<Sponsorship | undefined, UnreadableSponsorship>;

/** An output of the wallet that may be lent. */
export type PoolOutput = { readonly output: OutRefKey; readonly lovelace: bigint };

/** The pool as the worker last published it. */
export const poolSchema = z.object({
  changeAddress: z.string().min(1),
  /** How many outputs the worker wants to keep. */
  size: countField,
  /** Why nothing is reserved though outputs may be there; absent while the circuit is closed. */
  breaker: z.string().exactOptional(),
  /** The protocol parameter by which the API computes min-UTxO without asking a chain. */
  coinsPerUtxoByte: amountField,
  publishedAtMs: countField,
});

export type Pool = Readonly<z.output<typeof poolSchema>>;

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

const counter = countField.default(0);
const sum = amountField.default(0n);

/**
 * The books since the pool began, in lovelace. Always: `reserved = returned + spent + outstanding`. `signed` is all
 * that the worker agreed to pay; `spent` of it was included, and the rest came back.
 */
export const booksSchema = z.object({
  reservedCount: counter,
  reservedLovelace: sum,
  expiredCount: counter,
  releasedCount: counter,
  lostCount: counter,
  returnedLovelace: sum,
  signedCount: counter,
  signedLovelace: sum,
  spentCount: counter,
  spentFeeLovelace: sum,
  spentLentLovelace: sum,
  outstandingLovelace: sum,
  /** Transactions of the wallet's own, which split and merge its outputs, and their fees: beside the equation. */
  poolCount: counter,
  poolFeeLovelace: sum,
});

export type SponsorshipBooks = Readonly<z.output<typeof booksSchema>>;

/** The most that may be booked on one UTC day, in lovelace. */
export type SponsorshipLimits = {
  readonly perPayerLovelace: bigint;
  readonly perKeyLovelace: bigint;
  readonly perDayLovelace: bigint;
};

/** The limit that a sponsorship would break. */
export type SponsorshipLimit = 'payer' | 'key' | 'day';
