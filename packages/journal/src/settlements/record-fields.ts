import { createHash } from 'node:crypto';
import {
  type AssetId,
  type ChainPoint,
  isTxHash,
  NETWORKS,
  type OutRefKey,
  slot,
} from '@x402-facilitator/cardano';
import {
  type Progress,
  SETTLEMENT_KINDS,
  type SettlementBase,
  settlementProof,
  settlementSuccess,
} from './settlement.js';
import type { SettlementState } from './states.js';

type Gained = Omit<Progress, 'block' | 'finality'>;

/** The names in Redis. They stay as they are, whatever the code calls a field. */
export type RecordField =
  | 'schemaVersion'
  | 'state'
  | 'transaction'
  | 'settledAtMs'
  | 'firstSettledRevision'
  | 'blockHash'
  | 'blockHeight'
  | 'blockSlot'
  | Exclude<keyof SettlementBase, 'txHash'>
  | Exclude<keyof Gained, 'endedAtMs' | 'firstEndedRevision'>;

/** How text is read. `read` gives `undefined` for text of another shape than `expected`. */
type Shape<T> = {
  readonly expected: (text: string) => string;
  readonly read: (text: string) => T | undefined;
};

type Field<T> = Shape<T> & {
  readonly stored: RecordField;
  /** Set where the field may be missing: what then stands for it. */
  readonly absent?: { readonly value: T | undefined };
  /** Text that says that there is none, in a field that older versions need. */
  readonly none?: string;
};

/** Where each property of a type is stored, and in which shape. */
type FieldsOf<T> = { readonly [Name in keyof T]-?: Field<Exclude<T[Name], undefined>> };

function shape<T>(expected: string, read: Shape<T>['read']): Shape<T> {
  return { expected: () => expected, read };
}

function json<T>(expected: string, read: (value: unknown) => T | undefined): Shape<T> {
  return {
    expected: (text) => (parseJson(text) === undefined ? 'JSON' : expected),
    read: (text) => read(parseJson(text)),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function oneOf<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return shape(words.join(' or '), (text) => words.find((word) => word === text));
}

const WHOLE = /^\d+$/;
const INTEGER = /^-?\d+$/;
const OUT_REF = /^[0-9a-f]{64}#\d+$/;

const text = shape('text', (it) => it);
const filled = shape('text', (it) => (it === '' ? undefined : it));
const whole = shape('a whole number', (it) => (WHOLE.test(it) ? Number(it) : undefined));
const integer = shape('an integer', (it) => (INTEGER.test(it) ? Number(it) : undefined));
const atomicUnits = shape('a whole number', (it) => (WHOLE.test(it) ? BigInt(it) : undefined));
const slotNumber = shape('a slot', (it) => (WHOLE.test(it) ? slot(Number(it)) : undefined));
const id = shape('a transaction id', (it) => (isTxHash(it) ? it : undefined));
const asset = shape('an asset', (it) => it as AssetId);
const flag = shape('true or false', (it) => (it === 'true' ? true : it === 'false' ? false : undefined));
const isOutRef = (value: unknown): value is OutRefKey => typeof value === 'string' && OUT_REF.test(value);
const outRefs = json('a list of inputs', (value): readonly OutRefKey[] | undefined =>
  Array.isArray(value) && value.every(isOutRef) ? value : undefined,
);
const proof = json('a proof', (value) => settlementProof.safeParse(value).data);
const success = json('what a success says', (value) => settlementSuccess.safeParse(value).data);

function required<T>(stored: RecordField, as: Shape<T>): Field<T> {
  return { ...as, stored };
}

function optional<T>(stored: RecordField, as: Shape<T>, value?: T): Field<T> {
  return { ...as, stored, absent: { value } };
}

/** Stands for "no TTL", beyond every slot: older versions read it as one that never comes. */
export const NO_TTL = `${Number.MAX_SAFE_INTEGER}`;

const BASE: FieldsOf<SettlementBase> = {
  network: required('network', oneOf(NETWORKS)),
  txHash: required('transaction', id),
  kind: optional('kind', oneOf(SETTLEMENT_KINDS), 'payment'),
  scheme: optional('scheme', text),
  method: required('method', text),
  revision: required('revision', whole),
  attempts: required('attempts', whole),
  binding: required('binding', text),
  payer: required('payer', text),
  payTo: required('payTo', text),
  asset: required('asset', asset),
  amount: required('amount', atomicUnits),
  requiredConfirmations: required('requiredConfirmations', integer),
  inputs: required('inputs', outRefs),
  ttl: { ...required('ttl', slotNumber), none: NO_TTL },
  expiresAtMs: required('expiresAtMs', whole),
  queuedAtMs: required('queuedAtMs', whole),
  hasScripts: required('hasScripts', flag),
  resource: optional('resource', text),
  success: optional('success', success),
  traceparent: optional('traceparent', text),
  termsDigest: optional('termsDigest', text),
  sponsorship: optional('sponsorship', text),
  lastProviderMessage: optional('lastProviderMessage', text),
  refusals: optional('refusals', whole),
  refusedAtMs: optional('refusedAtMs', whole),
  deliveredAtMs: optional('deliveredAtMs', whole),
  deliveredTo: optional('deliveredTo', text),
  earliestBlockSlot: optional('earliestBlockSlot', slotNumber),
  redeemedAtMs: optional('redeemedAtMs', whole),
  redeemedBecause: optional('redeemedBecause', text),
  keyName: optional('keyName', text),
};

const POINT: FieldsOf<ChainPoint> = {
  hash: required('blockHash', filled),
  height: required('blockHeight', whole),
  slot: required('blockSlot', slotNumber),
};

const GAINED: FieldsOf<Gained> = {
  submittedAtMs: required('submittedAtMs', whole),
  includedAtMs: required('includedAtMs', whole),
  confirmations: required('confirmations', integer),
  endedAtMs: required('settledAtMs', whole),
  finalAtMs: required('finalAtMs', whole),
  firstEndedRevision: required('firstSettledRevision', whole),
  errorReason: required('errorReason', text),
  errorMessage: required('errorMessage', text),
  proof: required('proof', proof),
};

/**
 * The fields of the Redis hash that make up a `Settlement`, in the order in which scripts return them. The signed
 * transaction and the receipt are in the hash too and deliberately not in this list: only `readSignedTransaction` and
 * the receipt store move them.
 */
export const RECORD_FIELDS: readonly RecordField[] = [
  'schemaVersion',
  'state',
  ...[BASE, POINT, GAINED].flatMap((fields) => Object.values(fields).map(({ stored }) => stored)),
];

/** Names the list above. A process of another version may publish a record with other fields, or in another order. */
export const RECORD_LAYOUT = createHash('sha256').update(RECORD_FIELDS.join()).digest('hex').slice(0, 8);

/** The place of a stored field in a list of `RECORD_FIELDS`. */
export function placeOf(stored: RecordField): number {
  return RECORD_FIELDS.indexOf(stored);
}

/** A property to fill, from its place in a list of `RECORD_FIELDS`. */
export type Step = Field<unknown> & { readonly name: string; readonly place: number };

function stepsOf(fields: Readonly<Record<string, Field<unknown>>>): readonly Step[] {
  return Object.entries(fields).map(([name, each]) => ({ ...each, name, place: placeOf(each.stored) }));
}

/** What a record has in one of its states, besides what every record has. */
export type Variant = { readonly gained: readonly Step[]; readonly isInBlock: boolean };

type GainedName = keyof Gained;

function variant(has: readonly GainedName[], mayHave: readonly GainedName[] = []): Variant {
  const gained = [
    ...has.map((name) => [name, GAINED[name]] as const),
    ...mayHave.map((name) => [name, { ...GAINED[name], absent: { value: undefined } }] as const),
  ];
  return { gained: stepsOf(Object.fromEntries(gained)), isInBlock: has.includes('includedAtMs') };
}

const IN_BLOCK: readonly GainedName[] = ['includedAtMs', 'confirmations'];
const ENDED: readonly GainedName[] = ['endedAtMs', 'firstEndedRevision'];
const UNPAID: readonly GainedName[] = [...ENDED, 'finalAtMs', 'errorReason', 'errorMessage'];

export const BASE_STEPS = stepsOf(BASE);
export const POINT_STEPS = stepsOf(POINT);

/** A second attempt may have been submitted before. */
export const VARIANTS: Readonly<
  Record<Exclude<SettlementState, 'confirmed'> | Progress['finality'], Variant>
> = {
  queued: variant([]),
  submitting: variant([], ['submittedAtMs']),
  submitted: variant(['submittedAtMs']),
  ambiguous: variant([], ['submittedAtMs']),
  included: variant(IN_BLOCK, ['submittedAtMs']),
  mempool: variant([...ENDED, 'submittedAtMs', 'confirmations']),
  watched: variant([...ENDED, ...IN_BLOCK], ['submittedAtMs']),
  final: variant([...ENDED, ...IN_BLOCK, 'finalAtMs'], ['submittedAtMs']),
  failed: variant(UNPAID, ['submittedAtMs', 'proof']),
  expired: variant([...UNPAID, 'proof'], ['submittedAtMs']),
};
