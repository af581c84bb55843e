import { NETWORKS } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { amountField, countField, JournalCorruptError, outRefField, txHashField } from '../redis/index.js';
import {
  type Pool,
  SPONSORSHIP_STATES,
  type Sponsorship,
  type SponsorshipBooks,
  sponsorshipIdSchema,
} from './sponsorship.js';

const sponsorshipSchema = z
  .object({
    schemaVersion: z.literal('1').transform(() => 1 as const),
    network: z.enum(NETWORKS),
    id: sponsorshipIdSchema,
    state: z.enum(SPONSORSHIP_STATES),
    caller: z.string(),
    payer: z.string(),
    input: outRefField,
    lovelace: amountField,
    changeAddress: z.string(),
    maxFeeLovelace: amountField,
    minAdaLovelace: amountField,
    day: z.string(),
    bookedLovelace: amountField,
    reservedAtMs: countField,
    expiresAtMs: countField,
    transaction: txHashField.exactOptional(),
    boundAtMs: countField.exactOptional(),
    transactionExpiresAtMs: countField.exactOptional(),
    feeLovelace: amountField.exactOptional(),
    lentLovelace: amountField.exactOptional(),
    signedAtMs: countField.exactOptional(),
    closedAtMs: countField.exactOptional(),
  })
  .transform(({ transaction, ...sponsorship }) =>
    transaction === undefined ? sponsorship : { ...sponsorship, txHash: transaction },
  );

const poolSchema = z.object({
  changeAddress: z.string().min(1),
  size: countField,
  breaker: z.string().exactOptional(),
  coinsPerUtxoByte: amountField,
  publishedAtMs: countField,
});

const counter = countField.default(0);
const sum = amountField.default(0n);
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
 * Reads the hash of one sponsorship. One whose time has run out reads as `expired`, even before a script sweeps it.
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
