/**
 * Plutus data as a contract sees it, without its encoding. To a contract two encodings of one tree are the same datum,
 * though their hashes differ.
 */
export type PlutusData =
  | { readonly kind: 'constructor'; readonly index: bigint; readonly fields: readonly PlutusData[] }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'list'; readonly items: readonly PlutusData[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: PlutusData, value: PlutusData])[] };

/** A constructor applied to its fields. */
export function plutusConstructor(index: number, ...fields: readonly PlutusData[]): PlutusData {
  return { kind: 'constructor', index: BigInt(index), fields };
}

/** An integer of any size. */
export function plutusInteger(value: bigint): PlutusData {
  return { kind: 'int', value };
}

/** A byte string of any length. */
export function plutusBytes(value: Uint8Array): PlutusData {
  return { kind: 'bytes', value };
}
