import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { bytesOf, type CborNode, encodeArray, encodeBytes, encodeHead, readCbor } from '../cbor/index.js';
import { concatBytes, equalBytes } from '../primitives/bytes.js';

const VKEY_WITNESSES = 0n;
const ARRAY = 4;
const MAP = 5;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** The additional information of an item without a length, which a break ends. */
const INDEFINITE = 0x1f;
const BREAK = Uint8Array.of(0xff);

/**
 * Adds a key's witness to a transaction. All other bytes stay as they are, so that the id and every other witness hold. A
 * transaction that has a witness of this key is returned unchanged.
 *
 * @param transaction a decodable transaction.
 * @param publicKey 32 bytes.
 * @param signature 64 bytes, over the transaction's id.
 * @returns the transaction with the witness.
 * @throws TypeError when the bytes are not a transaction, or the key or signature has another length.
 * @example
 * const signed = assembleWitness(transaction.bytes, publicKey, sign(transactionId));
 */
export function assembleWitness(
  transaction: Uint8Array,
  publicKey: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES)
    throw new TypeError(
      `expected a key of ${KEY_BYTES} and a signature of ${SIGNATURE_BYTES} bytes, found ${publicKey.length} and ${signature.length}`,
    );
  const witnessSet = witnessSetOf(transaction);
  const witness = encodeArray([encodeBytes(publicKey), encodeBytes(signature)]);
  const listed = witnessSet.entries.find(([key]) => key.kind === 'int' && key.value === VKEY_WITNESSES)?.[1];
  if (listed === undefined) {
    const entry = concatBytes([encodeHead(0, VKEY_WITNESSES), encodeArray([witness])]);
    return splice(transaction, witnessSet, appended(transaction, witnessSet, MAP, witnessSet.entries, entry));
  }
  const list = listed.kind === 'tag' ? listed.content : listed;
  if (list.kind !== 'array') throw new TypeError(`expected a list of signatures, found ${list.kind}`);
  if (list.items.some((item) => isBy(item, publicKey))) return transaction;
  return splice(transaction, list, appended(transaction, list, ARRAY, list.items, witness));
}

function witnessSetOf(transaction: Uint8Array) {
  const outcome = readCbor(transaction, DECODE_LIMITS);
  const witnessSet = outcome.ok && outcome.value.kind === 'array' ? outcome.value.items[1] : undefined;
  if (witnessSet?.kind !== 'map') throw new TypeError('expected a transaction, found other bytes');
  return witnessSet;
}

function isBy(witness: CborNode, publicKey: Uint8Array): boolean {
  const key = witness.kind === 'array' ? witness.items[0] : undefined;
  return key?.kind === 'bytes' && equalBytes(key.value, publicKey);
}

/** An array's or a map's own bytes with one more member at its end. */
function appended(
  source: Uint8Array,
  container: CborNode,
  majorType: typeof ARRAY | typeof MAP,
  members: readonly unknown[],
  member: Uint8Array,
): Uint8Array {
  const bytes = bytesOf(source, container);
  const head = bytes[0] ?? 0;
  if ((head & INDEFINITE) === INDEFINITE) return concatBytes([bytes.subarray(0, -1), member, BREAK]);
  const content = bytes.subarray(headLength(head));
  return concatBytes([encodeHead(majorType, BigInt(members.length + 1)), content, member]);
}

/** Bytes of an item's head by its first byte (RFC 8949, section 3). */
function headLength(first: number): number {
  const additionalInfo = first & INDEFINITE;
  return additionalInfo < 24 ? 1 : 1 + 2 ** (additionalInfo - 24);
}

function splice(source: Uint8Array, { start, end }: CborNode, replacement: Uint8Array): Uint8Array {
  return concatBytes([source.subarray(0, start), replacement, source.subarray(end)]);
}

/** The bytes that the witness of one more key adds to a transaction. */
export function witnessBytes(transaction: Uint8Array): number {
  const placeholder = [new Uint8Array(KEY_BYTES), new Uint8Array(SIGNATURE_BYTES)] as const;
  return assembleWitness(transaction, ...placeholder).length - transaction.length;
}
