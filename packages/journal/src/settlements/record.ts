import { type ChainPoint, err, type Network, ok, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { countField, jsonField, parseStored } from '../redis/index.js';
import type { TransitionRequest } from './journal.js';
import {
  integerField,
  type Reading,
  type Settlement,
  type SettlementClaim,
  type SettlementProof,
  settlementBase,
  settlementProof,
  slotField,
} from './settlement.js';

/** The version of the record's layout that this code writes and reads. Fields may be added to it. */
export const SCHEMA_VERSION = '1';

const maybeSubmitted = { submittedAtMs: countField.exactOptional() };
const inBlock = {
  ...maybeSubmitted,
  includedAtMs: countField,
  block: z.object({ hash: z.string().min(1), height: countField, slot: slotField }),
  confirmations: integerField,
};
const ended = { endedAtMs: countField, firstEndedRevision: countField };
const unpaid = {
  ...maybeSubmitted,
  ...ended,
  finalAtMs: countField,
  errorReason: z.string(),
  errorMessage: z.string(),
};
const confirmed = settlementBase.extend({ state: z.literal('confirmed'), ...ended });

const proof = jsonField.pipe(settlementProof);

const settlementSchema = z.discriminatedUnion('state', [
  settlementBase.extend({ state: z.literal('queued') }),
  settlementBase.extend({ state: z.literal('submitting'), ...maybeSubmitted }),
  settlementBase.extend({ state: z.literal('submitted'), submittedAtMs: countField }),
  settlementBase.extend({ state: z.literal('ambiguous'), ...maybeSubmitted }),
  settlementBase.extend({ state: z.literal('included'), ...inBlock }),
  z.discriminatedUnion('finality', [
    confirmed.extend({
      finality: z.literal('mempool'),
      submittedAtMs: countField,
      confirmations: integerField,
    }),
    confirmed.extend({ finality: z.literal('watched'), ...inBlock }),
    confirmed.extend({ finality: z.literal('final'), ...inBlock, finalAtMs: countField }),
  ]),
  settlementBase.extend({ state: z.literal('failed'), ...unpaid, proof: proof.exactOptional() }),
  settlementBase.extend({ state: z.literal('expired'), ...unpaid, proof }),
]);

/** Stored under other names than in TypeScript, or taken apart. */
const STORED_ONLY = [
  'schemaVersion',
  'state',
  'transaction',
  'settledAtMs',
  'firstSettledRevision',
  'blockHash',
  'blockHeight',
  'blockSlot',
  'proof',
] as const;

type Renamed = 'txHash' | 'block' | keyof typeof ended;
type Shape = typeof settlementBase.shape & typeof inBlock & typeof unpaid;
type RecordField = Exclude<keyof Shape, Renamed> | (typeof STORED_ONLY)[number];

/**
 * The fields of the Redis hash that make up a `Settlement`, in the order in which scripts return them. The signed
 * transaction and the receipt are in the hash too and deliberately not in this list: only `readSignedTransaction` and
 * the receipt store move them.
 */
export const RECORD_FIELDS = [
  ...STORED_ONLY,
  ...Object.keys({ ...settlementBase.shape, ...inBlock, ...unpaid }).filter(
    (name) => !['txHash', 'block', ...Object.keys(ended)].includes(name),
  ),
] as readonly RecordField[];

const RENAMED: Readonly<Record<string, string>> = {
  transaction: 'txHash',
  settledAtMs: 'endedAtMs',
  firstSettledRevision: 'firstEndedRevision',
};

/** `RECORD_FIELDS` under their names in TypeScript: one object is filled per record, on the way of every `/status`. */
const NAMES: readonly string[] = RECORD_FIELDS.map((field) => RENAMED[field] ?? field);

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
  const stored: Record<string, string> = {};
  for (const [index, name] of NAMES.entries()) {
    const value = values[index];
    if (value !== null && value !== undefined) stored[name] = value;
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

/** The stored fields with the values that are derived from them. The schema drops what it does not name. */
function fieldsOf(stored: Readonly<Record<string, string>>): Record<string, unknown> {
  const { blockHash: hash, blockHeight: height, blockSlot, finalAtMs } = stored;
  const finality = hash === undefined ? 'mempool' : finalAtMs === undefined ? 'watched' : 'final';
  return hash === undefined
    ? { ...stored, finality }
    : { ...stored, finality, block: { hash, height, slot: blockSlot } };
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
  // A ChainBlock is also a ChainPoint. Only the point is recorded.
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
