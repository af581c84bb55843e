import type { ProtocolParameters } from '../facts/protocol-parameters.js';
import { outRefKey } from '../primitives/out-ref.js';
import type { Transaction } from '../transaction/transaction.js';
import { duplicates } from './duplicates.js';
import { namedOutputs } from './inputs-and-outputs.js';
import { type LedgerFailure, type LedgerInput, phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** No set of the body holds an element twice, tagged or not: a node's decoder refuses it. */
function duplicateElements(transaction: Transaction): LedgerFailure[] {
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

/** No output is spent and referenced by the same transaction: a rule of protocol versions 9 and 10. */
function overlappingInputs(
  transaction: Transaction,
  { protocolVersion: { major } }: ProtocolParameters,
): LedgerFailure[] {
  if (major < 9 || major > 10) return [];
  const spent = new Set(transaction.inputs.map(outRefKey));
  const overlap = transaction.referenceInputs.map(outRefKey).filter((key) => spent.has(key));
  return overlap.map((key) =>
    phase1(
      'BabbageNonDisjointRefInputs',
      `expected inputs and reference inputs to be disjoint, found ${key} in both`,
    ),
  );
}

/** What is wrong with the sets of a body, whatever the chain holds. */
export function inputSetFailures({
  transaction,
  parameters,
}: Pick<LedgerInput, 'transaction' | 'parameters'>): LedgerFailure[] {
  const isEmpty = transaction.inputs.length === 0;
  return [
    ...duplicateElements(transaction),
    ...overlappingInputs(transaction, parameters),
    ...(isEmpty ? [phase1('InputSetEmptyUTxO', 'expected at least one input, found none')] : []),
  ];
}

export const inputSets: Phase1Rule = {
  name: 'inputs are there, distinct, and disjoint from reference inputs',
  predicates: ['InputSetEmptyUTxO', 'BabbageNonDisjointRefInputs'],
  source: 'Shelley Utxo `validateInputSetEmptyUTxO`; Babbage Utxo `disjointRefInputs`; Conway decoder',
  check: inputSetFailures,
};

/** Inputs, reference inputs and collateral are unspent outputs. No other rule can be judged where one is not. */
export const knownInputs = {
  name: 'every output that is named is there',
  predicates: ['BadInputsUTxO'],
  source: 'Shelley Utxo `validateBadInputsUTxO`; Babbage `allInputsTxBodyF`',
  check({ transaction, outputs }: LedgerInput) {
    const missing = namedOutputs(transaction)
      .map(outRefKey)
      .filter((key) => !outputs.has(key));
    return missing.map((key) =>
      phase1('BadInputsUTxO', `expected ${key} to be an unspent output, found none`),
    );
  },
} satisfies Phase1Rule;
