import { type CborNode, toHex } from '@x402-facilitator/cardano';
import { entriesOf, field, hexOf, isArray, readAccepted } from './cbor.js';

/** One label of a transaction's metadata. */
export type MetadataEntry = { readonly label: string; readonly json: unknown; readonly cborHex: string };

function json(source: Uint8Array, node: CborNode): unknown {
  switch (node.kind) {
    case 'int':
      return Number(node.value);
    case 'text':
      return node.value;
    case 'bytes':
      return `0x${toHex(node.value)}`;
    case 'array':
      return node.items.map((item) => json(source, item));
    case 'map':
      return Object.fromEntries(
        node.entries.map(([key, value]) => [keyText(source, key), json(source, value)]),
      );
    default:
      return null;
  }
}

function keyText(source: Uint8Array, key: CborNode): string {
  const value = json(source, key);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** CBOR head of a map with one entry. The bytes of the label and its value follow. */
const MAP_OF_ONE = 'a1';

/**
 * The metadata of auxiliary data, in any of its three shapes (Shelley map, Shelley-MA pair, tagged Alonzo map), as
 * Blockfrost renders it: byte strings as `0x…`, map keys as text.
 */
export function metadataOf(auxiliaryData: Uint8Array): readonly MetadataEntry[] {
  const node = readAccepted(auxiliaryData);
  let map: CborNode | undefined = node;
  if (node.kind === 'tag' && node.content.kind === 'map') map = field(node.content, 0n);
  else if (isArray(node)) map = node.items[0];
  return entriesOf(map).flatMap(([label, value]) =>
    label.kind === 'int'
      ? [
          {
            label: label.value.toString(),
            json: json(auxiliaryData, value),
            cborHex: MAP_OF_ONE + hexOf(auxiliaryData, label) + hexOf(auxiliaryData, value),
          },
        ]
      : [],
  );
}
