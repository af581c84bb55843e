import { err, ok, type Result } from '../../result.js';
import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { encodeArray, encodeBytes, encodeHead, encodeMap, readCbor } from '../cbor/index.js';
import { fromHex, toHex } from '../primitives/hex.js';
import { Undecodable } from './decode/shape.js';
import { type WitnessContent, witnessSet } from './decode/witness-set.js';
import type { VkeyWitness } from './transaction.js';

/**
 * Reads a witness set that holds one key's signature and nothing else. As strict as a node's decoder, which takes sets with
 * and without their tag and lists without a length.
 *
 * @param hex CBOR.
 * @returns the witness, or what is wrong.
 * @example
 * const witness = readLoneWitness('a10081825820…');
 */
export function readLoneWitness(hex: string): Result<VkeyWitness, string> {
  const bytes = fromHex(hex) ?? new Uint8Array();
  const read = readCbor(bytes, DECODE_LIMITS);
  if (!read.ok) return err(`not one CBOR item: ${read.error.message}`);
  let content: WitnessContent;
  try {
    content = witnessSet({ node: read.value, path: 'witness_set', source: bytes });
  } catch (error) {
    if (error instanceof Undecodable) return err(error.message);
    throw error;
  }
  const { vkeyWitnesses, bootstrapWitnesses, hasScriptWitnesses } = content;
  const [witness, ...more] = vkeyWitnesses;
  const isAlone = more.length === 0 && bootstrapWitnesses.length === 0 && !hasScriptWitnesses;
  return witness !== undefined && isAlone
    ? ok(witness)
    : err('expected a witness set of one signature and nothing else');
}

/**
 * Writes a signature as a witness set that holds nothing else, as CBOR hex.
 *
 * @param publicKey 32 bytes.
 * @param signature 64 bytes, over the transaction’s id.
 * @example
 * const hex = writeLoneWitness(publicKey, signature); // 'a100818258…'
 */
export function writeLoneWitness(publicKey: Uint8Array, signature: Uint8Array): string {
  const witness = encodeArray([encodeBytes(publicKey), encodeBytes(signature)]);
  return toHex(encodeMap([[encodeHead(0, 0n), encodeArray([witness])]]));
}
