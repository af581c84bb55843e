import type { LedgerFailure } from '../phase-1/outcome.js';
import type { ValidatorFinding, ValidatorWarning } from './validator.js';

/**
 * What the library says that is not taken from it, because the ledger says otherwise or says it more exactly. Each of
 * them is either judged by a rule in `rules`, or Conway has no such rule.
 */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  // Sizes, and with them fee and min-UTxO: the library counts the phase-2 flag and its own encoding of an output.
  'MaxTxSizeUTxO',
  'FeeTooSmallUTxO',
  'OutputTooSmallUTxO',
  'CollateralReturnTooSmall',
  'OutputsValueTooBig',
  // It takes a transaction whose last valid slot has just passed.
  'OutsideValidityIntervalUTxO',
  // It counts a script that lies on two outputs once.
  'RefScriptsSizeTooBig',
  // It writes the data anew before it hashes it.
  'AuxiliaryDataHashMismatch',
  // Judged over the body's own bytes, and as strictly as libsodium.
  'InvalidSignature',
  // Conway takes signatures that nothing asks for.
  'ExtraneousSignature',
  // A rule of protocol versions 9 and 10 only.
  'ReferenceInputOverlapsWithInput',
]);

/** Collateral matters to the ledger only when scripts run. */
const ONLY_WITH_REDEEMERS: ReadonlySet<string> = new Set([
  'InsufficientCollateral',
  'CalculatedCollateralContainsNonAdaAssets',
  'CollateralInputContainsNonAdaAssets',
  'CollateralIsLockedByScript',
  'IncorrectTotalCollateralField',
  'NoCollateralInputs',
]);

/** Warnings that a node turns into a refusal. */
const REFUSING_WARNINGS: Readonly<Record<string, string>> = {
  DRepAlreadyRegistered: 'ConwayDRepAlreadyRegistered',
  DRepNotRegistered: 'ConwayDRepNotRegistered',
  DuplicateRegistrationInTx: 'StakeKeyRegisteredDELEG',
};

/** The library's names where the ledger's own differ. */
const LEDGER_NAMES: Readonly<Record<string, string>> = {
  MissingVKeyWitnesses: 'MissingVKeyWitnessesUTXOW',
  MissingScriptWitnesses: 'MissingScriptWitnessesUTXOW',
  ExtraneousScriptWitnesses: 'ExtraneousScriptWitnessesUTXOW',
  NativeScriptIsUnsuccessful: 'ScriptWitnessNotValidatingUTXOW',
  ScriptDataHashMismatch: 'PPViewHashesDontMatch',
  MissingRedeemer: 'MissingRedeemers',
  MissingDatum: 'MissingRequiredDatums',
  ExtraneousDatumWitnesses: 'NotAllowedSupplementalDatums',
  AuxiliaryDataHashMissing: 'MissingTxBodyMetadataHash',
  AuxiliaryDataHashPresentButNotExpected: 'MissingTxMetadata',
  CollateralIsLockedByScript: 'ScriptsNotPaidUTxO',
  CalculatedCollateralContainsNonAdaAssets: 'CollateralContainsNonADA',
  CollateralInputContainsNonAdaAssets: 'CollateralContainsNonADA',
  TreasuryValueMismatch: 'ConwayTreasuryValueMismatch',
  RewardAccountNotExisting: 'WithdrawalsNotInRewardsCERTS',
};

function nameOf(finding: string | Readonly<Record<string, unknown>>): string {
  return typeof finding === 'string' ? finding : (Object.keys(finding)[0] ?? 'UnknownError');
}

/** The key hash that a `MissingVKeyWitnesses` names. */
function missingKeyHash({ error }: ValidatorFinding): unknown {
  if (typeof error === 'string') return undefined;
  const details = error.MissingVKeyWitnesses;
  if (typeof details !== 'object' || details === null) return undefined;
  return 'missing_key_hash' in details ? details.missing_key_hash : undefined;
}

/** The library's phase-1 errors as failures of the ledger, without those that are not its to judge. */
export function phase1Findings(
  errors: readonly ValidatorFinding[],
  context: {
    readonly hasRedeemers: boolean;
    /** Roots of the Byron addresses whose owner signed, and key hashes that will sign yet, hex. */
    readonly signers: ReadonlySet<string>;
  },
): LedgerFailure[] {
  return errors.flatMap((finding) => {
    const name = nameOf(finding.error);
    if (NOT_TAKEN.has(name) || (!context.hasRedeemers && ONLY_WITH_REDEEMERS.has(name))) return [];
    // The library knows nothing of bootstrap witnesses, nor of witnesses to come.
    const keyHash = missingKeyHash(finding);
    if (typeof keyHash === 'string' && context.signers.has(keyHash)) return [];
    return [{ phase: 1 as const, rule: LEDGER_NAMES[name] ?? name, message: finding.error_message }];
  });
}

/** The library's warnings that a node would not leave at that. */
export function warningFindings(warnings: readonly ValidatorWarning[]): LedgerFailure[] {
  return warnings.flatMap(({ warning, warning_message }) => {
    const rule = REFUSING_WARNINGS[nameOf(warning)];
    return rule === undefined ? [] : [{ phase: 1 as const, rule, message: warning_message }];
  });
}

/** The library's phase-2 errors: scripts that fail, or that could not be run. */
export function phase2Findings(errors: readonly ValidatorFinding[]): LedgerFailure[] {
  return errors.map(({ error, error_message }) => ({
    phase: 2,
    rule: nameOf(error),
    message: error_message,
  }));
}
