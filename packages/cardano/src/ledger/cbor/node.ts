/** Where an item lies in the bytes that were read: `start` inclusive, `end` exclusive. */
export type CborSpan = { readonly start: number; readonly end: number };

/**
 * One CBOR item (RFC 8949) with the exact bytes it came from. Floats, undefined and other simple values have no node:
 * nothing on Cardano uses them, so reading them fails.
 */
export type CborNode =
  | CborInt
  | CborBytes
  | CborText
  | CborArray
  | CborMap
  | CborTag
  | CborBoolean
  | CborNull;

export type CborInt = CborSpan & { readonly kind: 'int'; readonly value: bigint };
export type CborBytes = CborSpan & {
  readonly kind: 'bytes';
  readonly value: Uint8Array;
  /** The lengths of its chunks, for an indefinite-length string: the ledger allows those in few places. */
  readonly chunks?: readonly number[];
};
export type CborText = CborSpan & {
  readonly kind: 'text';
  readonly value: string;
  readonly chunks?: readonly number[];
};
/** An array, with its items in order. */
export type CborArray = CborSpan & { readonly kind: 'array'; readonly items: readonly CborNode[] };
/** A map, with its entries as they stand: a key may be there twice. */
export type CborMap = CborSpan & {
  readonly kind: 'map';
  /** In the order received, duplicates included. */
  readonly entries: readonly (readonly [key: CborNode, value: CborNode])[];
};
export type CborTag = CborSpan & { readonly kind: 'tag'; readonly tag: bigint; readonly content: CborNode };
export type CborBoolean = CborSpan & { readonly kind: 'boolean'; readonly value: boolean };
export type CborNull = CborSpan & { readonly kind: 'null' };

/**
 * The item's own bytes, exactly as received.
 *
 * @example
 * const item = readCbor(bytes, { maxBytes: 65_536, maxDepth: 96 });
 * if (item.ok) blake2b256(bytesOf(bytes, item.value));
 */
export function bytesOf(source: Uint8Array, span: CborSpan): Uint8Array {
  return source.subarray(span.start, span.end);
}
