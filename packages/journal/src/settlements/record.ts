import {
  type ChainPoint,
  DONE,
  err,
  type Network,
  ok,
  type Result,
  type TxHash,
} from '@x402-facilitator/cardano';
import type { TransitionRequest } from './journal.js';
import {
  BASE_STEPS,
  NO_TTL,
  POINT_STEPS,
  placeOf,
  RECORD_FIELDS,
  type RecordField,
  type Step,
  VARIANTS,
} from './record-fields.js';
import type { Progress, Reading, Settlement, SettlementClaim, SettlementProof } from './settlement.js';
import { isState } from './states.js';

/** The version of the record's layout that this code writes and reads. Fields may be added to it. */
export const SCHEMA_VERSION = '1';

/** The values of `RECORD_FIELDS`, as text. What Redis does not hold is `false`. */
type Stored = readonly unknown[];

const VERSION = placeOf('schemaVersion');
const STATE = placeOf('state');
const NETWORK = placeOf('network');
const TRANSACTION = placeOf('transaction');
const BLOCK_HASH = placeOf('blockHash');
const FINAL_AT = placeOf('finalAtMs');

/** Reads a snapshot of a record, as scripts return it; `undefined` where the key holds no hash. */
export function decodeSnapshot(network: Network, txHash: TxHash, snapshot: string | undefined): Reading {
  return decodeRecord(network, txHash, snapshot === undefined ? undefined : JSON.parse(snapshot));
}

/** Reads the fields of a record by their names, as an event keeps them: another version may have written it. */
export function decodeNamedFields(
  network: Network,
  txHash: TxHash,
  fields: Readonly<Record<string, string>>,
): Reading {
  return decodeRecord(
    network,
    txHash,
    RECORD_FIELDS.map((name) => fields[name] ?? false),
  );
}

/**
 * Reads the values of `RECORD_FIELDS`. This is on the way of every `/status` and every event, so it uses no general schema.
 *
 * @param stored `undefined` where the key holds no hash.
 */
export function decodeRecord(network: Network, txHash: TxHash, stored: Stored | undefined): Reading {
  const unreadable = (schemaVersion: string | undefined, reason: string) =>
    err({ network, txHash, schemaVersion, reason });
  if (stored === undefined) return unreadable(undefined, 'expected a hash, found a key of another type');
  if (stored.every((value) => value === false)) return ok(undefined);
  const named = stored[VERSION];
  const version = typeof named === 'string' ? named : undefined;
  if (version !== SCHEMA_VERSION)
    return unreadable(version, `expected schemaVersion ${SCHEMA_VERSION}, found ${version ?? 'none'}`);
  const settlement = settlementOf(stored);
  if (!settlement.ok) return unreadable(version, settlement.error);
  if (settlement.value.network !== network || settlement.value.txHash !== txHash)
    return unreadable(
      version,
      `expected the settlement of ${txHash} on ${network}, found that of ${stored[TRANSACTION]} on ${stored[NETWORK]}`,
    );
  return settlement;
}

function settlementOf(stored: Stored): Result<Settlement, string> {
  const state = stored[STATE];
  if (!isState(state)) return err('state: expected one that is known here');
  const settlement: Record<string, unknown> = { state };
  const base = fill(settlement, BASE_STEPS, stored);
  if (!base.ok) return base;
  const isConfirmed = state === 'confirmed';
  const variant = VARIANTS[isConfirmed ? finalityOf(stored) : state];
  if (isConfirmed) settlement.finality = finalityOf(stored);
  const gained = fill(settlement, variant.gained, stored);
  if (!gained.ok) return gained;
  if (variant.isInBlock) {
    const block: Record<string, unknown> = {};
    const point = fill(block, POINT_STEPS, stored);
    if (!point.ok) return point;
    settlement.block = block;
  }
  // The tables of fields are typed by its variants.
  return ok(settlement as Settlement);
}

function finalityOf(stored: Stored): Progress['finality'] {
  if (stored[BLOCK_HASH] === false) return 'mempool';
  return stored[FINAL_AT] === false ? 'watched' : 'final';
}

/** Reads the fields of some steps. Its error is the first that cannot be read. */
function fill(
  target: Record<string, unknown>,
  steps: readonly Step[],
  stored: Stored,
): Result<undefined, string> {
  for (const { name, place, stored: field, read, expected, absent, none } of steps) {
    const text = stored[place];
    if (none !== undefined && text === none) continue;
    if (typeof text !== 'string') {
      if (absent === undefined) return err(`${field}: expected ${expected('')}, found none`);
      if (absent.value !== undefined) target[name] = absent.value;
      continue;
    }
    const value = read(text);
    if (value === undefined) return err(`${field}: expected ${expected(text)}`);
    target[name] = value;
  }
  return DONE;
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
    ttl: claim.ttl ?? NO_TTL,
    expiresAtMs: Math.ceil(claim.expiresAtMs),
    queuedAtMs: Math.floor(queuedAtMs),
    traceparent: claim.traceparent,
    termsDigest: claim.termsDigest,
    sponsorship: claim.sponsored?.id,
    method: claim.method,
    hasScripts: claim.hasScripts,
    resource: claim.resource,
    success: claim.success === undefined ? undefined : JSON.stringify(claim.success),
    kind: claim.kind,
    scheme: claim.scheme,
    redeemedAtMs: claim.redeemedBecause === undefined ? undefined : Math.floor(queuedAtMs),
    redeemedBecause: claim.redeemedBecause,
    keyName: claim.keyName,
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
  readonly refusals?: number;
  readonly refusedAtMs?: number;
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
