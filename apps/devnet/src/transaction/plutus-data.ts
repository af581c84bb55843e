import { type CborNode, toHex } from '@x402-facilitator/cardano';
import { entriesOf, integer, itemsOf, readAccepted } from './cbor.js';

/** Plutus data in the detailed JSON schema of cardano-cli and Blockfrost. */
export type PlutusDataJson =
  | { readonly int: number }
  | { readonly bytes: string }
  | { readonly list: readonly PlutusDataJson[] }
  | { readonly map: readonly { readonly k: PlutusDataJson; readonly v: PlutusDataJson }[] }
  | { readonly constructor: number; readonly fields: readonly PlutusDataJson[] };

/** Constructors 0 to 6 and 7 to 127 have compact tags. Any other is `[constructor, fields]` under tag 102. */
const COMPACT = 121n;
const COMPACT_END = 128n;
const EXTENDED = 1280n;
const EXTENDED_END = 1401n;
const POSITIVE_BIGNUM = 2n;
const NEGATIVE_BIGNUM = 3n;

function magnitude(node: CborNode): bigint {
  if (node.kind !== 'bytes' || node.value.length === 0) return 0n;
  return BigInt(`0x${toHex(node.value)}`);
}

function tagged(tag: bigint, content: CborNode): PlutusDataJson {
  if (tag === POSITIVE_BIGNUM) return { int: Number(magnitude(content)) };
  if (tag === NEGATIVE_BIGNUM) return { int: Number(-1n - magnitude(content)) };
  if (tag >= COMPACT && tag < COMPACT_END) {
    return { fields: itemsOf(content).map(render), constructor: Number(tag - COMPACT) };
  }
  if (tag >= EXTENDED && tag < EXTENDED_END) {
    return { fields: itemsOf(content).map(render), constructor: Number(tag - EXTENDED) + 7 };
  }
  const [alternative, fields] = itemsOf(content);
  return { fields: itemsOf(fields).map(render), constructor: Number(integer(alternative)) };
}

function render(node: CborNode): PlutusDataJson {
  switch (node.kind) {
    case 'int':
      return { int: Number(node.value) };
    case 'bytes':
      return { bytes: toHex(node.value) };
    case 'array':
      return { list: node.items.map(render) };
    case 'map':
      return { map: entriesOf(node).map(([k, v]) => ({ k: render(k), v: render(v) })) };
    case 'tag':
      return tagged(node.tag, node.content);
    default:
      throw new Error(`a ${node.kind} is not Plutus data`);
  }
}

/**
 * Renders a datum as JSON. Integers beyond 2^53 lose precision, as they do in Blockfrost's answers.
 *
 * @throws Error when the bytes are not Plutus data.
 */
export function plutusDataJson(bytes: Uint8Array): PlutusDataJson {
  return render(readAccepted(bytes));
}
