import { auxiliaryData } from './auxiliary-data.js';
import { collateral } from './collateral.js';
import { datums } from './datums.js';
import { encoding } from './encoding.js';
import { executionUnits } from './execution-units.js';
import { fee } from './fee.js';
import { inputSets, knownInputs } from './input-sets.js';
import { auxiliaryScriptsWellFormed, malformedScripts } from './malformed-scripts.js';
import { minUtxo } from './min-utxo.js';
import { nativeScripts } from './native-scripts.js';
import { networkIds } from './network-ids.js';
import type { LedgerFailure, LedgerInput } from './outcome.js';
import { outputSize } from './output-size.js';
import { phase1Facts } from './phase-1-facts.js';
import { phase2Flag } from './phase-2-flag.js';
import { redeemers } from './redeemers.js';
import { referenceScriptSize } from './reference-script-size.js';
import { requiredWitnesses } from './required-witnesses.js';
import type { Phase1Rule } from './rule.js';
import { scriptContexts } from './script-contexts.js';
import { scriptIntegrity } from './script-integrity.js';
import { scriptWitnesses } from './script-witnesses.js';
import { signatures } from './signatures.js';
import { transactionSize } from './transaction-size.js';
import { unjudgedFields } from './unjudged-fields.js';
import { validityInterval } from './validity-interval.js';
import { valueConserved } from './value-conserved.js';

/** About in the order in which a Conway node judges them. */
const RULES_ON_KNOWN_INPUTS: readonly Phase1Rule[] = [
  encoding,
  phase2Flag,
  unjudgedFields,
  inputSets,
  referenceScriptSize,
  nativeScripts,
  scriptWitnesses,
  datums,
  redeemers,
  signatures,
  requiredWitnesses,
  auxiliaryData,
  auxiliaryScriptsWellFormed,
  malformedScripts,
  scriptIntegrity,
  validityInterval,
  fee,
  collateral,
  valueConserved,
  minUtxo,
  outputSize,
  networkIds,
  transactionSize,
  executionUnits,
  scriptContexts,
];

/** Every rule of phase 1 that a payment can meet. */
export const PHASE_1_RULES: readonly Phase1Rule[] = [knownInputs, ...RULES_ON_KNOWN_INPUTS];

/**
 * What phase 1 of a Conway node finds wrong with a transaction in this slot: everything, not only the first failure. Pure,
 * and never throws. No output may be unknown: if one is, only that is said.
 *
 * Not judged are certificates, withdrawals, votes, proposals, donations and treasury values (their presence is a failure), nor how far
 * into the future a node can tell the time (`OutsideForecast`).
 *
 * @param skip names of `PHASE_1_RULES` that the caller has judged already.
 * @example
 * const slot = slotAt(timeline, Date.now());
 * const failures = judgePhase1({ transaction, parameters, slot, network: 'cardano:preview', outputs });
 * for (const { rule, message } of failures) console.log(`${rule}: ${message}`);
 */
export function judgePhase1(
  input: LedgerInput,
  skip: ReadonlySet<string> = new Set(),
): readonly LedgerFailure[] {
  const unknown = knownInputs.check(input);
  if (unknown.length > 0) return unknown;
  const facts = phase1Facts(input);
  return RULES_ON_KNOWN_INPUTS.flatMap(({ name, check }) => (skip.has(name) ? [] : check(facts)));
}
