import type { ProtocolParameters } from '../facts/protocol-parameters.js';
import { outRefKey } from '../primitives/out-ref.js';
import type { Transaction } from '../transaction/transaction.js';
import { type LedgerCheck, type LedgerFailure, phase1 } from './outcome.js';

function duplicates(keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))];
}

/** No set of the body holds an element twice, tagged or not: a node's decoder refuses it. */
export function duplicateElements(transaction: Transaction): LedgerFailure[] {
  const sets = {
    inputs: transaction.inputs.map(outRefKey),
    'reference inputs': transaction.referenceInputs.map(outRefKey),
    'collateral inputs': transaction.collateralInputs.map(outRefKey),
    'required signers': transaction.requiredSigners,
  };
  return Object.entries(sets).flatMap(([name, keys]) =>
    duplicates(keys).map((key) =>
      phase1('DecoderFailure', `expected ${name} without duplicates, found ${key} more than once`),
    ),
  );
}

/** No output is spent and referenced by the same transaction. */
export function overlappingInputs(transaction: Transaction): LedgerFailure[] {
  const spent = new Set(transaction.inputs.map(outRefKey));
  const overlap = transaction.referenceInputs.map(outRefKey).filter((key) => spent.has(key));
  return overlap.map((key) =>
    phase1(
      'BabbageNonDisjointRefInputs',
      `expected inputs and reference inputs to be disjoint, found ${key} in both`,
    ),
  );
}

/** Protocol version 11 allows to spend what is referenced. */
function mustBeDisjoint({ protocolVersion }: ProtocolParameters): boolean {
  return protocolVersion.major < 11;
}

export const inputSets: LedgerCheck = ({ transaction, parameters }) => [
  ...duplicateElements(transaction),
  ...(mustBeDisjoint(parameters) ? overlappingInputs(transaction) : []),
];
