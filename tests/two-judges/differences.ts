import type { Verdict } from '@x402-facilitator/second-judge/testing';

/** What the product's judges say: nothing, or every predicate that they found to fail. */
export type Ours =
  | { readonly phase: 1 | 2; readonly rules: readonly string[]; readonly said: string }
  | undefined;

/** Something that both judge, each in its own way. What the other cannot judge is in its `GAPS`. */
export type Difference = {
  readonly name: string;
  readonly why: string;
  /** What decides. */
  readonly source: string;
  readonly applies: (
    ours: Ours,
    theirs: Exclude<Verdict, { kind: 'cannotJudge' }>,
    protocolVersion: number,
  ) => boolean;
};

/** What a script cannot be shown. */
const UNTRANSLATABLE: readonly string[] = [
  'ByronTxOutInContext',
  'InlineDatumsNotSupported',
  'ReferenceInputsNotDisjointFromInputs',
];

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'phase2Flag',
    why: 'ours refuse a transaction that says that its scripts fail; a node takes its collateral when they do',
    source: 'ours: nothing here may take collateral; Alonzo Utxos `scriptsNotValidateTransition`',
    applies: (ours, theirs) =>
      ours?.rules.includes('ValidationTagMismatch') === true && theirs.kind === 'accepted',
  },
  {
    name: 'fieldsOfNoPayment',
    why: 'ours refuse a body that does more than pay, whatever else is wrong with it',
    source: 'ours: only a node can judge what such fields do',
    applies: (ours) => ours?.rules.includes('NotJudgedHere') === true,
  },
  {
    name: 'contextsFirst',
    why: 'the other runs a script before it looks whether the next can be shown the transaction; both refuse, in another phase',
    source: 'Alonzo Utxos `scriptsValidateTransition`: `collectTwoPhaseScriptInputs` before any script',
    applies: (ours, theirs) =>
      theirs.kind === 'refused' &&
      theirs.reason.phase === 2 &&
      ours?.phase === 1 &&
      ours.rules.every((rule) => UNTRANSLATABLE.includes(rule)),
  },
  {
    name: 'prices',
    why: 'the other prices some builtins as before protocol version 11, so that a script stays within its budget',
    source: 'plutus-core `builtinCostModelC`: strings, `divideInteger` and its like by other shapes',
    applies: (ours, theirs, protocolVersion) =>
      ours?.rules[0] === 'ExUnitsExceeded' && theirs.kind === 'accepted' && protocolVersion >= 11,
  },
  {
    name: 'unavailableBuiltins',
    why: 'the other runs a referenced script that uses a builtin of a later protocol version',
    source: 'plutus-ledger-api `deserialiseScript`: builtins are those of the language at this version',
    applies: (ours, _, protocolVersion) =>
      protocolVersion < 11 &&
      ours?.rules[0] === 'MalformedScriptWitnesses' &&
      ours.said.includes('is not available'),
  },
];
