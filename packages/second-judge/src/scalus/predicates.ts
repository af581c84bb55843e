import type { LedgerFailure } from '@x402-facilitator/cardano';

/** What the library calls a failure, and the ledger's predicates that it stands for. The first that matches counts. */
type Failure = { readonly says: RegExp; readonly phase?: 2; readonly rule: string };

const PART_OF = (whole: string, part: string): RegExp => new RegExp(`^${whole} .*${part}`, 's');

/** Texts of version 0.17.0. */
const FAILURES: readonly Failure[] = [
  { says: /^io\.bullet\.borer\..* Final number of elements: /, rule: 'DecoderFailure' },
  { says: /^Missing (?:inputs|reference inputs|collateral inputs)\b/, rule: 'BadInputsUTxO' },
  { says: /^Empty transaction inputs/, rule: 'InputSetEmptyUTxO' },
  { says: /^Inputs intersects with reference inputs/, rule: 'BabbageNonDisjointRefInputs' },
  {
    says: PART_OF('Missing or extra script hashes', 'missing [a-z ]+ script hashes: \\w*Set\\([^)]'),
    rule: 'MissingScriptWitnessesUTXOW',
  },
  { says: /^Missing or extra script hashes/, rule: 'ExtraneousScriptWitnessesUTXOW' },
  { says: /^Invalid native scripts/, rule: 'ScriptWitnessNotValidatingUTXOW' },
  {
    says: PART_OF('Datums validation failed', 'inputs with missing datum hashes: \\w*Set\\([^)]'),
    rule: 'UnspendableUTxONoDatumHash',
  },
  {
    says: PART_OF('Datums validation failed', 'unmatched datum hashes: \\w*Set\\([^)]'),
    rule: 'MissingRequiredDatums',
  },
  { says: /^Datums validation failed/, rule: 'NotAllowedSupplementalDatums' },
  {
    says: PART_OF('Exact set of redeemers validation failed', 'extra redeemers: \\w*Set\\(\\)'),
    rule: 'MissingRedeemers',
  },
  { says: /^Exact set of redeemers validation failed/, rule: 'ExtraRedeemers' },
  { says: /^Missing key hashes/, rule: 'MissingVKeyWitnessesUTXOW' },
  { says: /^Invalid verified signatures in witnesses/, rule: 'InvalidWitnessesUTXOW' },
  { says: /^Missing auxiliary data hash/, rule: 'MissingTxBodyMetadataHash' },
  { says: /^Missing auxiliary data/, rule: 'MissingTxMetadata' },
  { says: /^Invalid auxiliary data hash/, rule: 'ConflictingMetadataHash' },
  { says: /^Invalid auxiliary data/, rule: 'InvalidMetadata' },
  {
    says: PART_OF('Ill-formed scripts', 'invalid witnesses scripts: \\w*Set\\([^)]'),
    rule: 'MalformedScriptWitnesses',
  },
  { says: /^Ill-formed scripts/, rule: 'MalformedReferenceScripts' },
  { says: /^Invalid script data hash/, rule: 'PPViewHashesDontMatch' },
  { says: /is outside the validity interval/, rule: 'OutsideValidityIntervalUTxO' },
  { says: PART_OF('Fee or collateral validation failed', 'less than minimum'), rule: 'FeeTooSmallUTxO' },
  { says: PART_OF('Fee or collateral validation failed', 'non-VKey addresses'), rule: 'ScriptsNotPaidUTxO' },
  {
    says: PART_OF('Fee or collateral validation failed', 'no collateral inputs provided'),
    rule: 'NoCollateralInputs',
  },
  {
    says: PART_OF('Fee or collateral validation failed', 'contains non-ADA assets'),
    rule: 'CollateralContainsNonADA',
  },
  { says: PART_OF('Fee or collateral validation failed', 'is insufficient'), rule: 'InsufficientCollateral' },
  {
    says: PART_OF('Fee or collateral validation failed', 'does not match expected'),
    rule: 'IncorrectTotalCollateralField',
  },
  { says: /^Too many collateral inputs/, rule: 'TooManyCollateralInputs' },
  { says: /^Value not conserved/, rule: 'ValueNotConservedUTxO' },
  { says: /^Transaction outputs are too small/, rule: 'BabbageOutputTooSmallUTxO' },
  { says: /^Transaction outputs exceed maximum value storage size/, rule: 'OutputTooBigUTxO' },
  { says: /^Bootstrap address attributes too big/, rule: 'OutputBootAddrAttrsTooBig' },
  { says: /^Wrong network address/, rule: 'WrongNetwork' },
  { says: /^Wrong network id in transaction body/, rule: 'WrongNetworkInTxBody' },
  { says: /^Transaction size/, rule: 'MaxTxSizeUTxO' },
  { says: /^Execution units .* exceed the maximum/, rule: 'ExUnitsTooBigUTxO' },
  { says: /^Plutus script validation failed/, phase: 2, rule: 'ScriptFailed' },
  { says: /^Error during Plutus script evaluation: Byron addresses/, rule: 'ByronTxOutInContext' },
  {
    says: /^Error during Plutus script evaluation: Plutus V1 .*inline datums: List\(\),/,
    rule: 'ByronTxOutInContext',
  },
  {
    says: /^Error during Plutus script evaluation: Plutus V1 does not support inline datums/,
    rule: 'InlineDatumsNotSupported',
  },
  { says: /Borer.* Empty list found, expected non-empty/, rule: 'InputSetEmptyUTxO' },
  { says: /Borer.* `Transaction` but got Array-Header\(3\)/, rule: 'DecoderFailure' },
  { says: /^Transaction with invalid flag passed/, rule: 'ValidationTagMismatch' },
];

/** Predicates that have another name from protocol version 11 on. */
const RENAMED: Readonly<Record<string, string>> = { PPViewHashesDontMatch: 'ScriptIntegrityHashMismatch' };

/**
 * A failure in the ledger's words; `undefined` where the library says something that is not known here.
 *
 * @param major the protocol version.
 */
export function failureOf(message: string, major: number): LedgerFailure | undefined {
  const known = FAILURES.find(({ says }) => says.test(message));
  if (known === undefined) return undefined;
  const rule = major < 11 ? known.rule : (RENAMED[known.rule] ?? known.rule);
  return { phase: known.phase ?? 1, rule, message };
}
