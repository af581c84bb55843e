import {
  judgeByLedger,
  type LedgerInput,
  type LedgerFailure as LedgerVerdict,
  outRefKey,
  type Transaction,
} from '@x402-facilitator/cardano';
import { DECODER_FAILURE, type LedgerContext, type LedgerFailure } from '../ledger/index.js';
import { FACTS } from './texts.js';

/** Rules that the ledger checks around the UTxO transition, not inside it. A node prints them one level higher. */
const WITNESS_RULE =
  /UTXOW$|^(?:MissingRedeemers|MissingRequiredDatums|NotAllowedSupplementalDatums|PPViewHashesDontMatch|ExtraRedeemers|UnspendableUTxONoDatumHash|MissingTxBodyMetadataHash|MissingTxMetadata|ConflictingMetadataHash|InvalidMetadata|MalformedScriptWitnesses|MalformedReferenceScripts)$/;
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

/** Several findings of one rule with the same facts are one failure. */
function distinct(failures: readonly LedgerFailure[]): LedgerFailure[] {
  return [...new Map(failures.map((failure) => [failure.text, failure])).values()];
}

/** Judged here: the library refuses every transaction that claims that its scripts fail. */
const SKIPPED: ReadonlySet<string> = new Set(['the phase-2 flag is true']);

/**
 * Failed scripts are an error only if the transaction claims that they succeed. If it says that they fail, and they do,
 * it pays with its collateral instead.
 */
function withPhase2Flag(
  transaction: Transaction,
  failures: readonly LedgerVerdict[],
): readonly LedgerVerdict[] {
  if (transaction.isValid || failures.some(({ phase }) => phase === 1)) return failures;
  if (failures.length > 0) return [];
  return [{ phase: 1, rule: TAG_MISMATCH, message: 'expected the phase-2 flag to be true, found false' }];
}

/**
 * Judges a transaction as a node's mempool does: by the complete ledger of packages/cardano, in the node's own words.
 * When all of its inputs are spent it only says, like a node, that it was probably included before.
 */
export function judgeTransaction(transaction: Transaction, context: LedgerContext): readonly LedgerFailure[] {
  const { parameters, slot, profile, unspent } = context;
  if (!transaction.inputs.some((ref) => unspent.has(outRefKey(ref)))) {
    return [failureOf('ConwayMempoolFailure', `ConwayMempoolFailure "${ALL_SPENT}"`)];
  }
  const outputs = new Map([...unspent].map(([key, { output }]) => [key, output] as const));
  const input: LedgerInput = { transaction, parameters, slot, network: profile.network, outputs };
  const outcome = judgeByLedger(input, { skip: SKIPPED });
  const found = outcome.kind === 'accepted' ? [] : outcome.failures;
  const failures = withPhase2Flag(transaction, found).map((verdict) => printed(input, verdict));
  if (failures.some(({ rule }) => rule === 'BadInputsUTxO')) {
    // A node continues with the inputs that it has, so it also reports the missing value.
    const rule = 'ValueNotConservedUTxO';
    failures.push(failureOf(rule, utxo(`${rule} ${FACTS[rule]?.(input, '') ?? ''}`)));
  }
  return distinct(failures);
}
