import {
  type AssetId,
  type ChainPoint,
  err,
  NETWORKS,
  type Network,
  ok,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import { z } from 'zod';
import { amountField, countField, jsonField, outRefField, parseStored, txHashField } from '../redis/index.js';
import type { TransitionRequest } from './journal.js';
import {
  type Reading,
  SETTLEMENT_KINDS,
  type Settlement,
  type SettlementClaim,
  type SettlementProof,
} from './settlement.js';

/** The version of the record's layout that this code writes and reads. Fields may be added to it. */
export const SCHEMA_VERSION = '1';

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
  'kind',
  'scheme',
] as const;

type RecordField = (typeof RECORD_FIELDS)[number];

const integer = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number);
const slotText = countField.transform(slot);
const slotNumber = z.int().transform(slot);

const point = z.object({ hash: z.string().min(1), height: z.int(), slot: slotNumber });
const proof = jsonField.pipe(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('superseded'), input: outRefField, by: txHashField, block: point }),
    z.object({ kind: z.literal('ttl-passed'), ttl: slotNumber, tip: point }),
    z.object({ kind: z.literal('script-failure'), block: point }),
  ]),
);

const base = z.object({
  network: z.enum(NETWORKS),
  txHash: txHashField,
  kind: z.enum(SETTLEMENT_KINDS).default('payment'),
  scheme: z.string().exactOptional(),
  method: z.string(),
  revision: countField,
  attempts: countField,
  binding: z.string(),
  payer: z.string(),
  payTo: z.string(),
  asset: z.string().transform((id) => id as AssetId),
  amount: amountField,
  requiredConfirmations: integer,
  inputs: jsonField.pipe(z.array(outRefField)),
  ttl: slotText,
  expiresAtMs: countField,
  queuedAtMs: countField,
  hasScripts: z.enum(['true', 'false']).transform((text) => text === 'true'),
  resource: z.string().exactOptional(),
  traceparent: z.string().exactOptional(),
  termsDigest: z.string().exactOptional(),
  sponsorship: z.string().exactOptional(),
  lastProviderMessage: z.string().exactOptional(),
  deliveredAtMs: countField.exactOptional(),
});

const maybeSubmitted = { submittedAtMs: countField.exactOptional() };
const inBlock = {
  ...maybeSubmitted,
  includedAtMs: countField,
  block: z.object({ hash: z.string().min(1), height: countField, slot: slotText }),
  confirmations: integer,
};
const ended = { endedAtMs: countField, firstEndedRevision: countField };
const unpaid = {
  ...maybeSubmitted,
  ...ended,
  finalAtMs: countField,
  errorReason: z.string(),
  errorMessage: z.string(),
};
const confirmed = base.extend({ state: z.literal('confirmed'), ...ended });

const settlementSchema = z.discriminatedUnion('state', [
  base.extend({ state: z.literal('queued') }),
  base.extend({ state: z.literal('submitting'), ...maybeSubmitted }),
  base.extend({ state: z.literal('submitted'), submittedAtMs: countField }),
  base.extend({ state: z.literal('ambiguous'), ...maybeSubmitted }),
  base.extend({ state: z.literal('included'), ...inBlock }),
  z.discriminatedUnion('finality', [
    confirmed.extend({
      finality: z.literal('mempool'),
      submittedAtMs: countField,
      confirmations: integer,
    }),
    confirmed.extend({ finality: z.literal('watched'), ...inBlock }),
    confirmed.extend({ finality: z.literal('final'), ...inBlock, finalAtMs: countField }),
  ]),
  base.extend({ state: z.literal('failed'), ...unpaid, proof: proof.exactOptional() }),
  base.extend({ state: z.literal('expired'), ...unpaid, proof }),
]);

/**
 * Reads what a script or `HMGET` returned for `RECORD_FIELDS`.
 *
 * @param values `undefined` where the key holds no hash.
 */
export function decodeRecord(
  network: Network,
  txHash: TxHash,
  values: readonly (string | null)[] | undefined,
): Reading {
  const unreadable = (schemaVersion: string | undefined, reason: string) =>
    err({ network, txHash, schemaVersion, reason });
  if (values === undefined) return unreadable(undefined, 'expected a hash, found a key of another type');
  if (values.every((value) => value === null)) return ok(undefined);
  const stored: Partial<Record<RecordField, string>> = {};
  for (const [index, field] of RECORD_FIELDS.entries()) {
    const value = values[index];
    if (value !== null && value !== undefined) stored[field] = value;
  }
  const { schemaVersion } = stored;
  if (schemaVersion !== SCHEMA_VERSION)
    return unreadable(
      schemaVersion,
      `expected schemaVersion ${SCHEMA_VERSION}, found ${schemaVersion ?? 'none'}`,
    );
  const parsed = parseStored(settlementSchema, fieldsOf(stored));
  if (!parsed.ok) return unreadable(schemaVersion, parsed.error);
  const settlement: Settlement = parsed.value;
  if (settlement.network !== network || settlement.txHash !== txHash)
    return unreadable(
      schemaVersion,
      `expected the settlement of ${txHash} on ${network}, found that of ${settlement.txHash} on ${settlement.network}`,
    );
  return ok(settlement);
}

/** The stored fields under their names in TypeScript, with what follows from them. */
function fieldsOf({
  transaction: txHash,
  settledAtMs: endedAtMs,
  firstSettledRevision: firstEndedRevision,
  blockHash: hash,
  blockHeight: height,
  blockSlot,
  ...same
}: Partial<Record<RecordField, string>>): Record<string, unknown> {
  const finality = hash === undefined ? 'mempool' : same.finalAtMs === undefined ? 'watched' : 'final';
  return {
    ...same,
    txHash,
    finality,
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(firstEndedRevision === undefined ? {} : { firstEndedRevision }),
    ...(hash === undefined ? {} : { block: { hash, height, slot: blockSlot } }),
  };
}

/** The hash fields of a fresh claim, without the signed transaction. */
export function encodeClaim(claim: SettlementClaim, queuedAtMs: number): Record<string, string> {
  return encodeFields({
    schemaVersion: SCHEMA_VERSION,
    network: claim.network,
    transaction: claim.txHash,
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
    hasScripts: claim.hasScripts,
    resource: claim.resource,
    kind: claim.kind,
    scheme: claim.scheme,
  });
}

/** The hash fields that a change writes. */
export function encodeChange(change: NonNullable<TransitionRequest['change']>): Record<string, string> {
  const { block, proof, ...rest }: AnyChange = change;
  return encodeFields({
    ...rest,
    blockHash: block?.hash,
    blockHeight: block?.height,
    blockSlot: block?.slot,
    proof: proof === undefined ? undefined : JSON.stringify(encodeProof(proof)),
  });
}

type AnyChange = {
  readonly block?: ChainPoint;
  readonly confirmations?: number;
  readonly errorReason?: string;
  readonly errorMessage?: string;
  readonly proof?: SettlementProof;
  readonly lastProviderMessage?: string;
};

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
