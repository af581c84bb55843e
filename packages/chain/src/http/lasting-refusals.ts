import { parseJson } from '../provider/index.js';

/** What a predicate is judged by. Outputs never change, but a node that does not know one judges without it. */
type JudgedBy = 'bytes' | 'outputs';

/**
 * The predicates of Conway that fail for good: they are judged by the transaction's own bytes, or by these and the outputs
 * that it names. No other slot, UTxO set, parameter or protocol version lets such a transaction in. What depends on
 * parameters (fees, sizes, least amounts, script budgets, the integrity hash), on slots, on the protocol version or on other
 * transactions is left out: a later block may lift it. So is `ValueNotConservedUTxO`: deposits come from the parameters, and
 * refunds from what is registered.
 *
 * Sources: cardano-ledger, `ConwayUtxowPredFailure` and `ConwayUtxoPredFailure`; the comment of a group names the module
 * below Cardano.Ledger, and its function, in which they are found.
 */
export const LASTING_REFUSALS: Readonly<Record<string, JudgedBy>> = {
  // Shelley.Rules.Utxow: validateVerifiedWits
  InvalidWitnessesUTXOW: 'bytes',
  // Shelley.Rules.Utxow: validateMetadata
  MissingTxBodyMetadataHash: 'bytes',
  MissingTxMetadata: 'bytes',
  ConflictingMetadataHash: 'bytes',
  // Shelley.Rules.Utxo: validateInputSetEmptyUTxO, validateWrongNetwork, validateWrongNetworkWithdrawal
  InputSetEmptyUTxO: 'bytes',
  WrongNetwork: 'bytes',
  WrongNetworkWithdrawal: 'bytes',
  // Alonzo.Rules.Utxo: validateWrongNetworkInTxBody
  WrongNetworkInTxBody: 'bytes',
  // Shelley.Rules.Utxo: validateOutputBootAddrAttrsTooBig
  OutputBootAddrAttrsTooBig: 'bytes',
  // Babbage.Rules.Utxo: feesOK
  NoCollateralInputs: 'bytes',
  // Shelley.Rules.Utxow: validateNeededWitnesses
  MissingVKeyWitnessesUTXOW: 'outputs',
  // Babbage.Rules.Utxow: babbageMissingScripts, validateFailedBabbageScripts
  MissingScriptWitnessesUTXOW: 'outputs',
  ScriptWitnessNotValidatingUTXOW: 'outputs',
  ExtraneousScriptWitnessesUTXOW: 'outputs',
  // Alonzo.Rules.Utxow: hasExactSetOfRedeemers
  MissingRedeemers: 'outputs',
  ExtraRedeemers: 'outputs',
  // Alonzo.Rules.Utxow: missingRequiredDatums
  MissingRequiredDatums: 'outputs',
  NotAllowedSupplementalDatums: 'outputs',
  UnspendableUTxONoDatumHash: 'outputs',
  // Babbage.Rules.Utxo: feesOK
  ScriptsNotPaidUTxO: 'outputs',
  CollateralContainsNonADA: 'outputs',
  IncorrectTotalCollateralField: 'outputs',
};

/** The node does not know an output that the transaction names: it may be behind, or the parent is not in a block yet. */
const UNKNOWN_OUTPUT = /BadInputsUTxO|MissingInput|inputs?\b.*\bspent/i;

/** Text inside a refusal, such as a script’s own log: its author chose the words. A cut one lacks its end. */
const QUOTED = /"(?:[^"\\]|\\.)*(?:"|\\?$)/g;

/**
 * The predicates in a node's words that no later state of the ledger lifts. Empty when a later one may.
 *
 * @example
 * lastingRefusals('ApplyTxError (ConwayUtxowFailure (InvalidWitnessesUTXOW [VKey …]) :| [])'); // ['InvalidWitnessesUTXOW']
 * lastingRefusals('ApplyTxError (ConwayUtxowFailure (UtxoFailure (FeeTooSmallUTxO …)) :| [])'); // []
 */
export function lastingRefusals(message: string): readonly string[] {
  // "All inputs are spent" is the mempool's own quoted text.
  const outputsKnown = !UNKNOWN_OUTPUT.test(message);
  const words = new Set(unquoted(message).match(/\w+/g));
  return Object.entries(LASTING_REFUSALS).flatMap(([name, judgedBy]) =>
    words.has(name) && (outputsKnown || judgedBy === 'bytes') ? [name] : [],
  );
}

/** The ledger's own words, without text whose author is another. `cardano-submit-api` wraps them in JSON. */
export function unquoted(message: string): string {
  return textsIn(parseJson(message) ?? message)
    .map((text) => text.replace(QUOTED, '""'))
    .join(' ');
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}
