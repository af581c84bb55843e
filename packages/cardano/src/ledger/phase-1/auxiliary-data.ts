import { blake2b256 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import type { Transaction } from '../transaction/transaction.js';
import { type LedgerFailure, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** The body names auxiliary data exactly when there is some, by its hash. */
export function auxiliaryDataFailures(transaction: Transaction): LedgerFailure[] {
  const { auxiliaryDataHash: declared, auxiliaryDataBytes } = transaction;
  const actual = auxiliaryDataBytes === undefined ? undefined : toHex(blake2b256(auxiliaryDataBytes));
  if (declared === actual) return [];
  if (actual === undefined) {
    return [phase1('MissingTxMetadata', `expected auxiliary data with the hash ${declared}, found none`)];
  }
  if (declared === undefined) {
    return [
      phase1(
        'MissingTxBodyMetadataHash',
        `expected the auxiliary data hash ${actual} in the body, found none`,
      ),
    ];
  }
  return [
    phase1(
      'ConflictingMetadataHash',
      `expected the auxiliary data hash ${actual} in the body, found ${declared}`,
    ),
  ];
}

export const auxiliaryData: Phase1Rule = {
  name: 'auxiliary data matches its hash',
  predicates: ['MissingTxMetadata', 'MissingTxBodyMetadataHash', 'ConflictingMetadataHash'],
  source: 'Shelley Utxow `validateMetadata`',
  check: ({ transaction }) => auxiliaryDataFailures(transaction),
};
