import { encodeBytes, encodeHead, encodeMap } from '../cbor/index.js';
import { concatBytes } from '../primitives/bytes.js';
import { fromHex } from '../primitives/hex.js';
import type { PlutusData } from './plutus-data.js';

const MAX_CHUNK = 64;
const MAX_HEAD = 2n ** 64n - 1n;
const BREAK = Uint8Array.of(0xff);
const INDEFINITE_BYTES = Uint8Array.of(0x5f);
const INDEFINITE_ARRAY = Uint8Array.of(0x9f);
const EMPTY_ARRAY = Uint8Array.of(0x80);

function encodeBoundedBytes(value: Uint8Array): Uint8Array {
  if (value.length <= MAX_CHUNK) return encodeBytes(value);
  const chunks = Array.from({ length: Math.ceil(value.length / MAX_CHUNK) }, (_, at) =>
    encodeBytes(value.subarray(at * MAX_CHUNK, (at + 1) * MAX_CHUNK)),
  );
  return concatBytes([INDEFINITE_BYTES, ...chunks, BREAK]);
}

function encodeInteger(value: bigint): Uint8Array {
  const [majorType, tag, magnitude] = value < 0n ? [1, 3n, -1n - value] : [0, 2n, value];
  if (magnitude <= MAX_HEAD) return encodeHead(majorType, magnitude);
  const hex = magnitude.toString(16);
  const bytes = fromHex(hex.length % 2 === 0 ? hex : `0${hex}`) ?? new Uint8Array();
  return concatBytes([encodeHead(6, tag), encodeBoundedBytes(bytes)]);
}

function encodeList(items: readonly PlutusData[]): Uint8Array {
  if (items.length === 0) return EMPTY_ARRAY;
  return concatBytes([INDEFINITE_ARRAY, ...items.map(encodePlutusData), BREAK]);
}

function encodeConstructor(index: bigint, fields: readonly PlutusData[]): Uint8Array {
  if (index < 7n) return concatBytes([encodeHead(6, 121n + index), encodeList(fields)]);
  if (index < 128n) return concatBytes([encodeHead(6, 1280n + index - 7n), encodeList(fields)]);
  return concatBytes([encodeHead(6, 102n), encodeHead(4, 2n), encodeHead(0, index), encodeList(fields)]);
}

/**
 * Writes Plutus data as the ledger's own encoder does: lists of indefinite length unless they are empty, byte strings
 * above 64 bytes in chunks.
 */
export function encodePlutusData(data: PlutusData): Uint8Array {
  switch (data.kind) {
    case 'constructor':
      return encodeConstructor(data.index, data.fields);
    case 'int':
      return encodeInteger(data.value);
    case 'bytes':
      return encodeBoundedBytes(data.value);
    case 'list':
      return encodeList(data.items);
    case 'map':
      return encodeMap(data.entries.map(([key, value]) => [encodePlutusData(key), encodePlutusData(value)]));
  }
}
