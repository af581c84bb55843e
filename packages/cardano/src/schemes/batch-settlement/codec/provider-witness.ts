import { blake2b224 } from '../../../ledger/primitives/hash.js';
import { toHex } from '../../../ledger/primitives/hex.js';
import { assembleWitness } from '../../../ledger/transaction/assemble-witness.js';
import { readLoneWitness } from '../../../ledger/transaction/lone-witness.js';
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
  const witness = readLoneWitness(witnessHex);
  if (!witness.ok) return witness;
  const { publicKey, signature } = witness.value;
  const keyHash = toHex(blake2b224(publicKey));
  if (keyHash !== provider)
    return err(`expected a signature by the provider ${provider}, found one by ${keyHash}`);
  return ok(assembleWitness(transaction, publicKey, signature));
}
