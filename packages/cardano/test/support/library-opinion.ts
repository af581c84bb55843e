import { type LedgerFailure, type LedgerInput, namedOutputs, outRefKey } from '@x402-facilitator/cardano';
import {
  bytesOf,
  type CborNode,
  encodeArray,
  encodeMap,
  encodeNode,
  readCbor,
} from '../../src/ledger/cbor/index.js';
import {
  runValidator,
  type ValidatorFinding,
  type ValidatorWarning,
} from '../../src/ledger/check/validator.js';
import { validatorContext } from '../../src/ledger/check/validator-context.js';
import { bootstrapRoots } from '../../src/ledger/phase-1/bootstrap-witnesses.js';

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
function phase1Findings(
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
function warningFindings(warnings: readonly ValidatorWarning[]): LedgerFailure[] {
  return warnings.flatMap(({ warning, warning_message }) => {
    const rule = REFUSING_WARNINGS[nameOf(warning)];
    return rule === undefined ? [] : [{ phase: 1 as const, rule, message: warning_message }];
  });
}

/** The library's phase-2 errors: scripts that fail, or that could not be run. */
function phase2Findings(errors: readonly ValidatorFinding[]): LedgerFailure[] {
  return errors.map(({ error, error_message }) => ({
    phase: 2,
    rule: nameOf(error),
    message: error_message,
  }));
}

const LIMITS = { maxBytes: 65_536, maxDepth: 96 };
const VKEY_WITNESSES = 0n;
const BOOTSTRAP_WITNESSES = 2n;

function isSignatures(key: CborNode): boolean {
  return key.kind === 'int' && (key.value === VKEY_WITNESSES || key.value === BOOTSTRAP_WITNESSES);
}

/**
 * The same transaction in definite lengths and shortest heads, for a reader that knows no others. Its id and signatures
 * are not the original's. Scripts, datums, redeemers and auxiliary data stay as they are, because they are hashed.
 *
 * @param bytes a transaction's.
 * @returns `undefined` when the bytes are not what a decoded transaction's bytes are.
 */
function readableForm(bytes: Uint8Array): Uint8Array | undefined {
  const outcome = readCbor(bytes, LIMITS);
  if (!outcome.ok || outcome.value.kind !== 'array') return undefined;
  const [body, witnessSet, isValid, auxiliaryData] = outcome.value.items;
  if (
    body === undefined ||
    witnessSet?.kind !== 'map' ||
    isValid === undefined ||
    auxiliaryData === undefined
  ) {
    return undefined;
  }
  const witnesses = witnessSet.entries.map(
    ([key, value]) =>
      [encodeNode(key), isSignatures(key) ? encodeNode(value) : bytesOf(bytes, value)] as const,
  );
  return encodeArray([
    encodeNode(body),
    encodeMap(witnesses),
    encodeNode(isValid),
    bytesOf(bytes, auxiliaryData),
  ]);
}

/** What another ledger validator, the library, says of a transaction whose outputs are all known. */
export function libraryOpinion(input: LedgerInput): readonly LedgerFailure[] {
  const { transaction, outputs } = input;
  const named = namedOutputs(transaction).flatMap((ref) => outputs.get(outRefKey(ref)) ?? []);
  const context = validatorContext(input, named);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  let outcome = runValidator(hex(transaction.bytes), context);
  const readable = outcome.kind === 'failed' ? readableForm(transaction.bytes) : undefined;
  // The library cannot read every encoding that a node reads.
  if (readable !== undefined) outcome = runValidator(hex(readable), context);
  if (outcome.kind === 'failed') return [{ phase: 1, rule: 'ValidatorFailed', message: outcome.message }];
  const signers = new Set([...bootstrapRoots(transaction), ...(input.expectedSigners ?? [])]);
  return [
    ...phase1Findings(outcome.errors, { hasRedeemers: transaction.redeemers.length > 0, signers }),
    ...warningFindings(outcome.warnings),
    ...phase2Findings(outcome.phase2Errors),
  ];
}
