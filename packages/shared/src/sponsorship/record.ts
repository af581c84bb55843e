import { NETWORKS, type OutRefKey, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { JournalCorruptError } from '../journal/index.js';
import {
  type Pool,
  SPONSORSHIP_STATES,
  type Sponsorship,
  type SponsorshipBooks,
  sponsorshipIdSchema,
} from './sponsorship.js';

const count = z.string().regex(/^\d+$/).transform(Number);
const lovelace = z.string().regex(/^\d+$/).transform(BigInt);
const txHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((id) => id as TxHash);
const outRef = z
  .string()
  .regex(/^[0-9a-f]{64}#\d+$/)
  .transform((key) => key as OutRefKey);

const sponsorshipSchema = z.object({
  schemaVersion: z.literal('1').transform(() => 1 as const),
  network: z.enum(NETWORKS),
  id: sponsorshipIdSchema,
  state: z.enum(SPONSORSHIP_STATES),
  caller: z.string(),
  payer: z.string(),
  input: outRef,
  lovelace,
  changeAddress: z.string(),
  maxFeeLovelace: lovelace,
  minAdaLovelace: lovelace,
  day: z.string(),
  bookedLovelace: lovelace,
  reservedAtMs: count,
  expiresAtMs: count,
  transaction: txHash.exactOptional(),
  boundAtMs: count.exactOptional(),
  transactionExpiresAtMs: count.exactOptional(),
  feeLovelace: lovelace.exactOptional(),
  lentLovelace: lovelace.exactOptional(),
  signedAtMs: count.exactOptional(),
  closedAtMs: count.exactOptional(),
});

const poolSchema = z.object({
  changeAddress: z.string().min(1),
  size: count,
  breaker: z.string().exactOptional(),
  coinsPerUtxoByte: lovelace,
  publishedAtMs: count,
});

const counter = count.default(0);
const sum = lovelace.default(0n);
const booksSchema = z.object({
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
  poolCount: counter,
  poolFeeLovelace: sum,
});

/**
 * Reads the hash of one sponsorship. One that ran out is `expired` though no script has swept it yet.
 *
 * @returns `undefined` when there is none.
 * @throws JournalCorruptError when a field is missing or is not of its shape.
 */
export function decodeSponsorship(
  fields: Readonly<Record<string, string>>,
  nowMs: number,
): Sponsorship | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  const sponsorship = parse(sponsorshipSchema, fields, `Sponsorship ${fields.id ?? 'without an id'}`);
  const ranOut = sponsorship.state === 'reserved' && sponsorship.expiresAtMs <= nowMs;
  return ranOut ? { ...sponsorship, state: 'expired', bookedLovelace: 0n } : sponsorship;
}

/** @returns `undefined` when there is none. */
export function decodePool(fields: Readonly<Record<string, string>>): Pool | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  return parse(poolSchema, fields, 'The pool of sponsorships');
}

export function decodeBooks(fields: Readonly<Record<string, string>>): SponsorshipBooks {
  return parse(booksSchema, fields, 'The books of sponsorships');
}

/** The pairs that a script returns for a hash. */
export function fieldsOf(flat: unknown): Record<string, string> {
  if (!Array.isArray(flat))
    throw new JournalCorruptError(`Expected a hash from the script, found ${JSON.stringify(flat)}`);
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) fields[String(flat[at])] = String(flat[at + 1]);
  return fields;
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  fields: Readonly<Record<string, string>>,
  name: string,
): z.output<Schema> {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  throw new JournalCorruptError(`${name}: ${z.prettifyError(parsed.error)}`);
}
