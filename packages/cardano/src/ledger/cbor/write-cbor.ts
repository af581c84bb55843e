import { concatBytes } from '../primitives/bytes.js';
import type { CborNode } from './node.js';

/**
 * The shortest head of a major type and its argument (RFC 8949, section 3).
 *
 * @example
 * encodeHead(4, 2n); // Uint8Array [0x82], an array of two
 */
export function encodeHead(majorType: number, argument: bigint): Uint8Array {
  const top = majorType << 5;
  if (argument < 24n) return Uint8Array.of(top | Number(argument));
  const [info, width] =
    argument < 0x100n
      ? [24, 1]
      : argument < 0x1_0000n
        ? [25, 2]
        : argument < 0x1_0000_0000n
          ? [26, 4]
          : [27, 8];
  const head = new Uint8Array(9);
  new DataView(head.buffer).setBigUint64(1, argument);
  const start = 8 - width;
  head[start] = top | info;
  return head.slice(start);
}

/**
 * A byte string of definite length.
 *
 * @example
 * encodeBytes(Uint8Array.of(1, 2)); // Uint8Array [0x42, 1, 2]
 */
export function encodeBytes(value: Uint8Array): Uint8Array {
  return concatBytes([encodeHead(2, BigInt(value.length)), value]);
}

/**
 * An array of definite length from its items' own bytes.
 *
 * @example
 * encodeArray([encodeHead(0, 7n), encodeBytes(script)]); // [7, h'…']
 */
export function encodeArray(items: readonly Uint8Array[]): Uint8Array {
  return concatBytes([encodeHead(4, BigInt(items.length)), ...items]);
}

/**
 * A map of definite length from its entries' own bytes.
 *
 * @example
 * encodeMap([[encodeHead(0, 0n), address]]); // {0: address}
 */
export function encodeMap(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  return concatBytes([encodeHead(5, BigInt(entries.length)), ...entries.flat()]);
}

/**
 * Writes a tree again with the shortest heads and definite lengths, items in their order. The result means the same and
 * hashes differently.
 */
export function encodeNode(node: CborNode): Uint8Array {
  switch (node.kind) {
    case 'int':
      return node.value < 0n ? encodeHead(1, -1n - node.value) : encodeHead(0, node.value);
    case 'bytes':
      return encodeBytes(node.value);
    case 'text': {
      const utf8 = new TextEncoder().encode(node.value);
      return concatBytes([encodeHead(3, BigInt(utf8.length)), utf8]);
    }
    case 'array':
      return encodeArray(node.items.map(encodeNode));
    case 'map':
      return encodeMap(node.entries.map(([key, value]) => [encodeNode(key), encodeNode(value)]));
    case 'tag':
      return concatBytes([encodeHead(6, node.tag), encodeNode(node.content)]);
    case 'boolean':
      return Uint8Array.of(node.value ? 0xf5 : 0xf4);
    case 'null':
      return Uint8Array.of(0xf6);
  }
}
