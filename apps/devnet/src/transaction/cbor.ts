import {
  bytesOf,
  type CborArray,
  type CborMap,
  type CborNode,
  readCbor,
  toHex,
} from '@x402-facilitator/cardano';

/** Only a guard: a transaction has at most 16 KiB, which also limits its nesting. */
const LIMITS = { maxBytes: 1_048_576, maxDepth: 256 };

/**
 * Reads bytes that the validator has already accepted.
 *
 * @throws Error when they are not one CBOR item.
 */
export function readAccepted(bytes: Uint8Array): CborNode {
  const outcome = readCbor(bytes, LIMITS);
  if (!outcome.ok) throw new Error(`accepted bytes are not CBOR: ${outcome.error.message}`);
  return outcome.value;
}

/** The value under an integer key of a map. */
export function field(map: CborMap, key: bigint): CborNode | undefined {
  return map.entries.find(([candidate]) => candidate.kind === 'int' && candidate.value === key)?.[1];
}

/** An item without its tags. Sets have tag 258 or none. */
export function untagged(node: CborNode | undefined): CborNode | undefined {
  let current = node;
  while (current?.kind === 'tag') current = current.content;
  return current;
}

/** Items of an array or set; none for anything else. */
export function itemsOf(node: CborNode | undefined): readonly CborNode[] {
  const array = untagged(node);
  return array?.kind === 'array' ? array.items : [];
}

/** Entries of a map; none for anything else. */
export function entriesOf(node: CborNode | undefined): CborMap['entries'] {
  const map = untagged(node);
  return map?.kind === 'map' ? map.entries : [];
}

/** Lowercase hex of an item's own bytes. */
export function hexOf(source: Uint8Array, node: CborNode): string {
  return toHex(bytesOf(source, node));
}

/** Lowercase hex of a byte string's content; empty for anything else. */
export function contentHex(node: CborNode | undefined): string {
  return node?.kind === 'bytes' ? toHex(node.value) : '';
}

/** An integer's value; zero for anything else. */
export function integer(node: CborNode | undefined): bigint {
  return node?.kind === 'int' ? node.value : 0n;
}

/** True for an array node. */
export function isArray(node: CborNode | undefined): node is CborArray {
  return node?.kind === 'array';
}
