import type { ProtocolParameters } from '../../chain/protocol-parameters.js';
import { type OutRef, outRefKey } from '../../primitives/out-ref.js';
import type { Transaction } from '../../transaction/transaction.js';
import { type LedgerCheck, type LedgerFailure, phase1 } from '../outcome.js';

function duplicates(refs: readonly OutRef[]): string[] {
  const keys = refs.map(outRefKey);
  return [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))];
}

/** No set of inputs names an output twice: a node's decoder refuses it. */
export function duplicateInputs(transaction: Transaction): LedgerFailure[] {
  const sets = {
    inputs: transaction.inputs,
    'reference inputs': transaction.referenceInputs,
    'collateral inputs': transaction.collateralInputs,
  };
  return Object.entries(sets).flatMap(([name, refs]) =>
    duplicates(refs).map((key) =>
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
  ...duplicateInputs(transaction),
  ...(mustBeDisjoint(parameters) ? overlappingInputs(transaction) : []),
];
