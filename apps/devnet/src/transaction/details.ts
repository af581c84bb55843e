import {
  blake2b256,
  bytesOf,
  type CborMap,
  type CborNode,
  type Transaction,
  toHex,
} from '@x402-facilitator/cardano';
import { entriesOf, field, integer, isArray, itemsOf, readAccepted } from './cbor.js';
import { type MetadataEntry, metadataOf } from './metadata.js';

/** Fields that explorer endpoints show. The rules do not need them. */
export type TransactionDetails = {
  readonly withdrawals: number;
  /** How many certificates of each kind that Blockfrost counts. */
  readonly certificates: { readonly stake: number; readonly delegation: number; readonly pool: number };
  /** In lovelace. */
  readonly donation: bigint;
  /** Datums of the witness set, bytes by hash. */
  readonly datums: ReadonlyMap<string, Uint8Array>;
  readonly metadata: readonly MetadataEntry[];
};

const BODY = { certificates: 4n, withdrawals: 5n, donation: 22n } as const;
const WITNESS_DATUMS = 4n;
/** Kinds of certificate by the ledger's number. */
const KINDS = { stake: [0, 1, 7, 8], delegation: [2, 10], pool: [3, 4] } as const;

const NO_FIELDS: CborMap = { kind: 'map', start: 0, end: 0, entries: [] };

function fieldsOf(node: CborNode | undefined): CborMap {
  return node?.kind === 'map' ? node : NO_FIELDS;
}

function certificatesOf(node: CborNode | undefined): TransactionDetails['certificates'] {
  const kinds = itemsOf(node).map((item) => (isArray(item) ? Number(integer(item.items[0])) : -1));
  const count = (wanted: readonly number[]) => kinds.filter((kind) => wanted.includes(kind)).length;
  return { stake: count(KINDS.stake), delegation: count(KINDS.delegation), pool: count(KINDS.pool) };
}

/** Reads the details of a decoded transaction. */
export function transactionDetails({ bytes, auxiliaryDataBytes }: Transaction): TransactionDetails {
  const [bodyNode, witnessNode] = itemsOf(readAccepted(bytes));
  const body = fieldsOf(bodyNode);
  const datums = itemsOf(field(fieldsOf(witnessNode), WITNESS_DATUMS)).map((datum) => bytesOf(bytes, datum));
  return {
    withdrawals: entriesOf(field(body, BODY.withdrawals)).length,
    certificates: certificatesOf(field(body, BODY.certificates)),
    donation: integer(field(body, BODY.donation)),
    datums: new Map(datums.map((datum) => [toHex(blake2b256(datum)), datum])),
    metadata: auxiliaryDataBytes === undefined ? [] : metadataOf(auxiliaryDataBytes),
  };
}
