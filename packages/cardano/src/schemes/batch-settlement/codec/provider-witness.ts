import { DECODE_LIMITS } from '../../../ledger/cbor/decode-limits.js';
import { encodeArray, encodeBytes, encodeHead, encodeMap, readCbor } from '../../../ledger/cbor/index.js';
import { blake2b224 } from '../../../ledger/primitives/hash.js';
import { fromHex, toHex } from '../../../ledger/primitives/hex.js';
import { assembleWitness } from '../../../ledger/transaction/assemble-witness.js';
import { err, ok, type Result } from '../../../result.js';

/**
 * Puts the seller's signature into a refund. No other byte changes, so the id and the buyer's signature hold.
 *
 * @param transaction a decodable transaction.
 * @param witnessHex a witness set as CBOR hex that holds one signature by the provider and nothing else.
 * @param provider the hash of its key.
 * @returns the transaction with it, or what is wrong with the witness.
 */
export function withProviderWitness(
  transaction: Uint8Array,
  witnessHex: string,
  provider: string,
): Result<Uint8Array, string> {
  const read = readCbor(fromHex(witnessHex) ?? new Uint8Array(), DECODE_LIMITS);
  if (!read.ok) return err(`not one CBOR item: ${read.error.message}`);
  const { value: witnessSet } = read;
  const [field, ...others] = witnessSet.kind === 'map' ? witnessSet.entries : [];
  const listed = field?.[1].kind === 'tag' ? field[1].content : field?.[1];
  const isKeyField = field?.[0].kind === 'int' && field[0].value === 0n;
  const [witness, ...more] = listed?.kind === 'array' ? listed.items : [];
  const [key, signature] = witness?.kind === 'array' && witness.items.length === 2 ? witness.items : [];
  if (
    !isKeyField ||
    others.length > 0 ||
    more.length > 0 ||
    key?.kind !== 'bytes' ||
    signature?.kind !== 'bytes'
  )
    return err('expected a witness set of one signature and nothing else');
  if (key.value.length !== 32 || signature.value.length !== 64)
    return err('expected a key of 32 and a signature of 64 bytes');
  const keyHash = toHex(blake2b224(key.value));
  if (keyHash !== provider)
    return err(`expected a signature by the provider ${provider}, found one by ${keyHash}`);
  return ok(assembleWitness(transaction, key.value, signature.value));
}

/**
 * Writes a signature as `providerWitness`: a witness set that holds nothing else, as CBOR hex.
 *
 * @param publicKey 32 bytes.
 * @param signature 64 bytes, over the refund’s id.
 * @example
 * const providerWitness = writeProviderWitness(publicKey, signature); // 'a100818258…'
 */
export function writeProviderWitness(publicKey: Uint8Array, signature: Uint8Array): string {
  const witness = encodeArray([encodeBytes(publicKey), encodeBytes(signature)]);
  return toHex(encodeMap([[encodeHead(0, 0n), encodeArray([witness])]]));
}
