import { verifyEd25519 } from '../primitives/ed25519.js';
import { blake2b224 } from '../primitives/hash.js';
import { fromHex, toHex } from '../primitives/hex.js';
import type { Transaction } from '../transaction/transaction.js';
import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** Hashes of the keys whose signature, regular or bootstrap, is not one over this transaction's id. */
export function invalidSigners(transaction: Transaction): string[] {
  const id = fromHex(transaction.id) ?? new Uint8Array();
  return [...transaction.vkeyWitnesses, ...transaction.bootstrapWitnesses]
    .filter(({ publicKey, signature }) => !verifyEd25519(publicKey, id, signature))
    .map(({ publicKey }) => toHex(blake2b224(publicKey)));
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
