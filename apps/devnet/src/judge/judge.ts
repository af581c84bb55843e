import {
  judgePhase1,
  type LedgerInput,
  type LedgerFailure as LedgerVerdict,
  outRefKey,
  type Timeline,
  type Transaction,
} from '@x402-facilitator/cardano';
import { judge, questionOf } from '@x402-facilitator/second-judge';
import { DECODER_FAILURE, type LedgerContext, type LedgerFailure } from '../ledger/index.js';
import { FACTS } from './texts.js';

/** Rules that the ledger checks around the UTxO transition, not inside it. A node prints them one level higher. */
const WITNESS_RULE =
  /UTXOW$|^(?:MissingRedeemers|MissingRequiredDatums|NotAllowedSupplementalDatums|PPViewHashesDontMatch|ScriptIntegrityHashMismatch|ExtraRedeemers|UnspendableUTxONoDatumHash|MissingTxBodyMetadataHash|MissingTxMetadata|ConflictingMetadataHash|InvalidMetadata|MalformedScriptWitnesses|MalformedReferenceScripts)$/;
const ALL_SPENT = 'All inputs are spent. Transaction has probably already been included';
const TAG_MISMATCH = 'ValidationTagMismatch';

function failureOf(rule: string, text: string): LedgerFailure {
  return { rule, text };
}

/** A failure as a node prints it. */
function printed(input: LedgerInput, { phase, rule, message }: LedgerVerdict): LedgerFailure {
  if (rule === DECODER_FAILURE) return failureOf(rule, message);
  if (phase === 2) {
    const reason = `FailedUnexpectedly (PlutusFailure ${JSON.stringify(message)} :| [])`;
    return failureOf(TAG_MISMATCH, utxo(`UtxosFailure (${TAG_MISMATCH} (IsValid True) (${reason}))`));
  }
  if (rule === TAG_MISMATCH) {
    return failureOf(rule, utxo(`UtxosFailure (${TAG_MISMATCH} (IsValid False) PassedUnexpectedly)`));
  }
  const facts = FACTS[rule]?.(input, message) ?? JSON.stringify(message);
  const predicate = `${rule} ${facts}`;
  return failureOf(rule, WITNESS_RULE.test(rule) ? `ConwayUtxowFailure (${predicate})` : utxo(predicate));
}

function utxo(predicate: string): string {
  return `ConwayUtxowFailure (UtxoFailure (${predicate}))`;
}

/** What the product's own rules say of a transaction that the second judge cannot judge: they run no scripts. */
function ownVerdict(input: LedgerInput, why: string): LedgerVerdict | undefined {
  if (input.transaction.redeemers.length === 0) return judgePhase1(input)[0];
  return { phase: 1, rule: 'CannotJudge', message: `the devnet cannot run its scripts: ${why}` };
}

/** Who judges what is submitted: another implementation than the product's, or the product's own phase 1, which is much faster. */
export const JUDGES = ['second', 'own'] as const;
export type JudgeName = (typeof JUDGES)[number];

function verdictOn(input: LedgerInput, timeline: Timeline, by: JudgeName): LedgerVerdict | undefined {
  if (by === 'own' && input.transaction.redeemers.length === 0) return judgePhase1(input)[0];
  const verdict = judge(questionOf(input, timeline));
  switch (verdict.kind) {
    case 'accepted':
      return undefined;
    case 'refused':
      return verdict.reason;
    case 'cannotJudge':
      return ownVerdict(input, verdict.why);
  }
}

/**
 * Judges a transaction as a node's mempool does, in the node's own words. It names one failure, the first that is found. When all of
 * its inputs are spent it only says, like a node, that it was probably included before. Scripts are always the second judge's.
 */
export function judgeTransaction(
  transaction: Transaction,
  { parameters, slot, profile, unspent }: LedgerContext,
  by: JudgeName,
): readonly LedgerFailure[] {
  if (!transaction.inputs.some((ref) => unspent.has(outRefKey(ref)))) {
    return [failureOf('ConwayMempoolFailure', `ConwayMempoolFailure "${ALL_SPENT}"`)];
  }
  const outputs = new Map([...unspent].map(([key, { output }]) => [key, output] as const));
  const input: LedgerInput = { transaction, parameters, slot, network: profile.network, outputs };
  const verdict = verdictOn(input, profile.timeline, by);
  if (verdict === undefined) return [];
  const failure = printed(input, verdict);
  if (failure.rule !== 'BadInputsUTxO') return [failure];
  // A node continues with the inputs that it has, so it also reports the missing value.
  const rule = 'ValueNotConservedUTxO';
  return [failure, failureOf(rule, utxo(`${rule} ${FACTS[rule]?.(input, '') ?? ''}`))];
}
