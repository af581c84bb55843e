import { verifyEd25519, verifyEd25519InPool } from '../primitives/ed25519.js';
import { blake2b224 } from '../primitives/hash.js';
import { fromHex, toHex } from '../primitives/hex.js';
import type { Transaction, VkeyWitness } from '../transaction/transaction.js';
import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/**
 * Hashes of the keys whose signature, regular or bootstrap, is not one over this transaction's id.
 *
 * @example
 * if (invalidSigners(transaction).length > 0) throw new Error('a signature is over something else');
 */
export function invalidSigners(transaction: Transaction): string[] {
  const id = idOf(transaction);
  return witnessesOf(transaction)
    .filter(({ publicKey, signature }) => !verifyEd25519(publicKey, id, signature))
    .map(keyHashOf);
}

/** The same, verified by Node's thread pool while this thread does something else. */
export async function invalidSignersFromPool(transaction: Transaction): Promise<string[]> {
  const id = idOf(transaction);
  const witnesses = witnessesOf(transaction);
  const areValid = await Promise.all(
    witnesses.map(({ publicKey, signature }) => verifyEd25519InPool(publicKey, id, signature)),
  );
  return witnesses.filter((_, index) => areValid[index] !== true).map(keyHashOf);
}

function witnessesOf({ vkeyWitnesses, bootstrapWitnesses }: Transaction): readonly VkeyWitness[] {
  return [...vkeyWitnesses, ...bootstrapWitnesses];
}

function idOf({ id }: Transaction): Uint8Array {
  return fromHex(id) ?? new Uint8Array();
}

function keyHashOf({ publicKey }: VkeyWitness): string {
  return toHex(blake2b224(publicKey));
}

/** Every signature in the witness set is valid, asked for or not. */
export const signatures: Phase1Rule = {
  name: 'signatures are valid',
  predicates: ['InvalidWitnessesUTXOW'],
  source: 'Shelley Utxow `validateVerifiedWits`; as strict as libsodium',
  check: ({ transaction }) =>
    invalidSigners(transaction).map((keyHash) =>
      phase1(
        'InvalidWitnessesUTXOW',
        `expected a valid signature over transaction ${transaction.id} by key ${keyHash}, found an invalid one`,
      ),
    ),
};
