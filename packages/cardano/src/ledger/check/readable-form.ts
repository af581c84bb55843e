import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { bytesOf, type CborNode, encodeArray, encodeMap, encodeNode, readCbor } from '../cbor/index.js';

const VKEY_WITNESSES = 0n;
const BOOTSTRAP_WITNESSES = 2n;

function isSignatures(key: CborNode): boolean {
  return key.kind === 'int' && (key.value === VKEY_WITNESSES || key.value === BOOTSTRAP_WITNESSES);
}

/**
 * The same transaction in definite lengths and shortest heads, for a reader that knows no others. Its id and signatures
 * are not the original's. Scripts, datums, redeemers and auxiliary data stay as they are, because they are hashed.
 *
 * @param bytes a transaction's.
 * @returns `undefined` when the bytes are not what a decoded transaction's bytes are.
 */
export function readableForm(bytes: Uint8Array): Uint8Array | undefined {
  const outcome = readCbor(bytes, DECODE_LIMITS);
  if (!outcome.ok || outcome.value.kind !== 'array') return undefined;
  const [body, witnessSet, isValid, auxiliaryData] = outcome.value.items;
  if (
    body === undefined ||
    witnessSet?.kind !== 'map' ||
    isValid === undefined ||
    auxiliaryData === undefined
  ) {
    return undefined;
  }
  const witnesses = witnessSet.entries.map(
    ([key, value]) =>
      [encodeNode(key), isSignatures(key) ? encodeNode(value) : bytesOf(bytes, value)] as const,
  );
  return encodeArray([
    encodeNode(body),
    encodeMap(witnesses),
    encodeNode(isValid),
    bytesOf(bytes, auxiliaryData),
  ]);
}
