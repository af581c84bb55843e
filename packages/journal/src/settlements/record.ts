import type { ChainPoint } from '@x402-facilitator/cardano';
import { type AssetId, NETWORKS, slot } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { amountField, countField, outRefField, txHashField } from './hash-fields.js';
import { JournalCorruptError, type SettlementChange } from './journal.js';
import type { Settlement, SettlementClaim, SettlementProof } from './settlement.js';
import { SETTLEMENT_STATES } from './states.js';

/** The version of the record's layout that this code writes and reads. */
export const SCHEMA_VERSION = 1;

/**
 * The fields of the Redis hash that make up a `Settlement`, in the order in which scripts return them. The signed
 * transaction and the receipt are in the hash too and deliberately not in this list: only `readSignedTransaction` and
 * the receipt store move them.
 */
export const RECORD_FIELDS = [
  'schemaVersion',
  'network',
  'transaction',
  'state',
  'revision',
  'attempts',
  'binding',
  'payer',
  'payTo',
  'asset',
  'amount',
  'requiredConfirmations',
  'inputs',
  'ttl',
  'expiresAtMs',
  'queuedAtMs',
  'submittedAtMs',
  'includedAtMs',
  'settledAtMs',
  'finalAtMs',
  'blockHash',
  'blockHeight',
  'blockSlot',
  'confirmations',
  'errorReason',
  'errorMessage',
  'proof',
  'lastProviderMessage',
  'deliveredAtMs',
  'traceparent',
  'termsDigest',
  'sponsorship',
  'method',
  'firstSettledRevision',
  'hasScripts',
  'resource',
] as const;

type RecordField = (typeof RECORD_FIELDS)[number];

const integer = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);
const assetId = z.string().transform((id) => id as AssetId);
const slotText = countField.transform(slot);
const slotNumber = z.int().transform(slot);
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'expected JSON' });
    return z.NEVER;
  }
});

const point = z.object({ hash: z.string().min(1), height: z.int(), slot: slotNumber });
const proof = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('superseded'), input: outRefField, by: txHashField, block: point }),
  z.object({ kind: z.literal('ttl-passed'), ttl: slotNumber, tip: point }),
  z.object({ kind: z.literal('script-failure'), block: point }),
]);

const recordSchema = z.object({
  schemaVersion: z.literal(String(SCHEMA_VERSION)),
  network: z.enum(NETWORKS),
  transaction: txHashField,
  state: z.enum(SETTLEMENT_STATES),
  revision: countField,
  attempts: countField,
  binding: z.string(),
  payer: z.string(),
  payTo: z.string(),
  asset: assetId,
  amount: amountField,
  requiredConfirmations: integer,
  inputs: json.pipe(z.array(outRefField)),
  ttl: slotText,
  expiresAtMs: countField,
  queuedAtMs: countField,
  submittedAtMs: countField.optional(),
  includedAtMs: countField.optional(),
  settledAtMs: countField.optional(),
  finalAtMs: countField.optional(),
  blockHash: z.string().optional(),
  blockHeight: countField.optional(),
  blockSlot: slotText.optional(),
  confirmations: integer.optional(),
  errorReason: z.string().optional(),
  errorMessage: z.string().optional(),
  proof: json.pipe(proof).optional(),
  lastProviderMessage: z.string().optional(),
  deliveredAtMs: countField.optional(),
  traceparent: z.string().optional(),
  termsDigest: z.string().optional(),
  sponsorship: z.string().optional(),
  method: z.string().optional(),
  firstSettledRevision: countField.optional(),
  hasScripts: z.enum(['true', 'false']).transform((text) => text === 'true'),
  resource: z.string().optional(),
} satisfies Record<RecordField, z.ZodType>);

/**
 * Reads what a script or `HMGET` returned for `RECORD_FIELDS`.
 *
 * @returns `undefined` when there is no such record.
 * @throws JournalCorruptError when a field is missing or is not of its shape.
 */
export function decodeRecord(values: readonly (string | null)[]): Settlement | undefined {
  if (values.every((value) => value === null)) return undefined;
  const fields = Object.fromEntries(
    RECORD_FIELDS.flatMap((field, index) => {
      const value = values[index];
      return value === null || value === undefined ? [] : [[field, value]];
    }),
  );
  const parsed = recordSchema.safeParse(fields);
  if (!parsed.success) {
    throw new JournalCorruptError(
      `Settlement ${fields.transaction ?? 'without an id'}: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { blockHash, blockHeight, blockSlot, ...record } = parsed.data;
  const block =
    blockHash === undefined || blockHeight === undefined || blockSlot === undefined
      ? undefined
      : { hash: blockHash, height: blockHeight, slot: blockSlot };
  return withoutUndefined({ ...record, schemaVersion: SCHEMA_VERSION, block });
}

/** The hash fields of a fresh claim, without the signed transaction. */
export function encodeClaim(claim: SettlementClaim, queuedAtMs: number): Record<string, string> {
  return encodeFields({
    schemaVersion: SCHEMA_VERSION,
    network: claim.network,
    transaction: claim.transaction,
    state: 'queued',
    revision: 1,
    attempts: 0,
    binding: claim.binding,
    payer: claim.payer,
    payTo: claim.payTo,
    asset: claim.asset,
    amount: claim.amount,
    requiredConfirmations: claim.requiredConfirmations,
    inputs: JSON.stringify(claim.inputs),
    ttl: claim.ttl,
    expiresAtMs: Math.ceil(claim.expiresAtMs),
    queuedAtMs: Math.floor(queuedAtMs),
    traceparent: claim.traceparent,
    termsDigest: claim.termsDigest,
    sponsorship: claim.sponsored?.id,
    method: claim.method,
    hasScripts: claim.hasScripts ?? true,
    resource: claim.resource,
  });
}

/** The hash fields that a change writes. */
export function encodeChange(change: SettlementChange): Record<string, string> {
  const { block, proof, ...rest } = change;
  return encodeFields({
    ...rest,
    blockHash: block?.hash,
    blockHeight: block?.height,
    blockSlot: block?.slot,
    proof: proof === undefined ? undefined : JSON.stringify(encodeProof(proof)),
  });
}

function encodeProof(proof: SettlementProof): SettlementProof {
  const place = ({ hash, height, slot }: ChainPoint): ChainPoint => ({ hash, height, slot });
  // A ChainBlock is a ChainPoint too: only the point belongs into the record.
  return proof.kind === 'ttl-passed'
    ? { ...proof, tip: place(proof.tip) }
    : { ...proof, block: place(proof.block) };
}

function encodeFields(
  fields: Partial<Record<RecordField, string | number | bigint | boolean | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, String(value)]])),
  );
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
