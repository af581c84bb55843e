import { LASTING_REFUSALS, lastingRefusals } from '@x402-facilitator/chain/testing';
import { expect, test } from 'vitest';

/** A refusal as Blockfrost passes it on: the ledger's own text. */
const shown = (...failures: string[]) =>
  `transaction submit error ShelleyTxValidationError ShelleyBasedEraConway (ApplyTxError (${failures.join(' :| ')} :| []))`;

/** The same as `cardano-submit-api` and Koios answer. */
const wrapped = (...error: string[]) =>
  JSON.stringify({
    contents: {
      contents: {
        contents: { era: 'ShelleyBasedEraConway', error, kind: 'ShelleyTxValidationError' },
        tag: 'TxValidationErrorInCardanoMode',
      },
      tag: 'TxCmdTxSubmitValidationError',
    },
    tag: 'TxSubmitFail',
  });

const utxow = (name: string) => `ConwayUtxowFailure (${name} (fromList [x]))`;
const utxo = (name: string) => `ConwayUtxowFailure (UtxoFailure (${name} (fromList [x])))`;
const utxos = (name: string) => `ConwayUtxowFailure (UtxoFailure (UtxosFailure (${name} x)))`;

/** Each name that may end a settlement. */
const LASTING = [
  ...['InvalidWitnessesUTXOW', 'MissingTxBodyMetadataHash', 'MissingTxMetadata', 'ConflictingMetadataHash'],
  ...['InputSetEmptyUTxO', 'WrongNetwork', 'WrongNetworkWithdrawal', 'WrongNetworkInTxBody'],
  ...['OutputBootAddrAttrsTooBig', 'NoCollateralInputs', 'MissingVKeyWitnessesUTXOW'],
  ...['MissingScriptWitnessesUTXOW', 'ScriptWitnessNotValidatingUTXOW', 'ExtraneousScriptWitnessesUTXOW'],
  ...['MissingRedeemers', 'ExtraRedeemers', 'MissingRequiredDatums', 'NotAllowedSupplementalDatums'],
  ...['UnspendableUTxONoDatumHash', 'ScriptsNotPaidUTxO', 'CollateralContainsNonADA'],
  'IncorrectTotalCollateralField',
];

/** Every predicate of UTXOW, UTXO and UTXOS in Conway, in the order of their constructors. */
const UTXOW = [
  ...['InvalidWitnessesUTXOW', 'MissingVKeyWitnessesUTXOW', 'MissingScriptWitnessesUTXOW'],
  ...['ScriptWitnessNotValidatingUTXOW', 'MissingTxBodyMetadataHash', 'MissingTxMetadata'],
  ...['ConflictingMetadataHash', 'InvalidMetadata', 'ExtraneousScriptWitnessesUTXOW', 'MissingRedeemers'],
  ...['MissingRequiredDatums', 'NotAllowedSupplementalDatums', 'PPViewHashesDontMatch'],
  ...['UnspendableUTxONoDatumHash', 'ExtraRedeemers', 'MalformedScriptWitnesses'],
  ...['MalformedReferenceScripts', 'ScriptIntegrityHashMismatch'],
];
const UTXO = [
  ...[
    'BadInputsUTxO',
    'OutsideValidityIntervalUTxO',
    'MaxTxSizeUTxO',
    'InputSetEmptyUTxO',
    'FeeTooSmallUTxO',
  ],
  ...['ValueNotConservedUTxO', 'WrongNetwork', 'WrongNetworkWithdrawal', 'OutputTooSmallUTxO'],
  ...['OutputBootAddrAttrsTooBig', 'OutputTooBigUTxO', 'InsufficientCollateral', 'ScriptsNotPaidUTxO'],
  ...['ExUnitsTooBigUTxO', 'CollateralContainsNonADA', 'WrongNetworkInTxBody', 'OutsideForecast'],
  ...['TooManyCollateralInputs', 'NoCollateralInputs', 'IncorrectTotalCollateralField'],
  ...['BabbageOutputTooSmallUTxO', 'BabbageNonDisjointRefInputs'],
];
const UTXOS = ['ValidationTagMismatch', 'CollectErrors'];

const CASES: [string, string][] = [
  ...UTXOW.map((name): [string, string] => [name, utxow(name)]),
  ...UTXO.map((name): [string, string] => [name, utxo(name)]),
  ...UTXOS.map((name): [string, string] => [name, utxos(name)]),
];

test('every name on the list is a predicate of Conway', () => {
  const known = CASES.map(([name]) => name);
  expect(Object.keys(LASTING_REFUSALS).sort()).toEqual(LASTING.toSorted());
  expect(LASTING.filter((name) => !known.includes(name))).toEqual([]);
});

test.each(CASES)('%s lasts if and only if it is on the list, in either wording', (name, failure) => {
  const expected = LASTING.includes(name) ? [name] : [];
  expect(lastingRefusals(shown(failure))).toEqual(expected);
  expect(lastingRefusals(wrapped(failure))).toEqual(expected);
});

test.each([
  ['a slow mempool', 'ConwayMempoolFailure "MempoolTxTooSlow (0.101s)"'],
  [
    'a mempool’s own rule',
    'ConwayMempoolFailure "Unelected committee members are not allowed to cast votes: []"',
  ],
  [
    'spent inputs',
    'ConwayMempoolFailure "All inputs are spent. Transaction has probably already been included"',
  ],
  ['withdrawals', 'ConwayCertsFailure (WithdrawalsNotInRewardsCERTS x)'],
  ['a delegation', 'ConwayWdrlNotDelegatedToDRep (x :| [])'],
  ['the treasury', 'ConwayTreasuryValueMismatch (Mismatch x)'],
  ['reference scripts', 'ConwayTxRefScriptsSizeTooBig (Mismatch x)'],
  ['accounts', 'ConwayWithdrawalsMissingAccounts (Withdrawals x)'],
  ['incomplete withdrawals', 'ConwayIncompleteWithdrawals (Withdrawals x)'],
  ['a predicate that is new', utxow('SomethingNewUTXOW')],
  ['a name that only begins like one', utxow('MissingRedeemersSoon')],
])('%s does not last', (_, failure) => {
  expect(lastingRefusals(shown(failure))).toEqual([]);
  expect(lastingRefusals(wrapped(failure))).toEqual([]);
});

/** Every predicate of DELEG, POOL, GOVCERT and GOV in Conway. None is on the list: most depend on what is registered. */
const DELEG = [
  ...['IncorrectDepositDELEG', 'StakeKeyRegisteredDELEG', 'StakeKeyNotRegisteredDELEG'],
  ...['StakeKeyHasNonZeroRewardAccountBalanceDELEG', 'StakeKeyHasNonZeroAccountBalanceDELEG'],
  ...['DelegateeDRepNotRegisteredDELEG', 'DelegateeStakePoolNotRegisteredDELEG'],
  ...['DepositIncorrectDELEG', 'RefundIncorrectDELEG'],
];
const POOL = [
  ...['StakePoolNotRegisteredOnKeyPOOL', 'StakePoolRetirementWrongEpochPOOL', 'StakePoolCostTooLowPOOL'],
  ...['WrongNetworkPOOL', 'PoolMedataHashTooBig', 'VRFKeyHashAlreadyRegistered'],
];
const GOVCERT = [
  ...['ConwayDRepAlreadyRegistered', 'ConwayDRepNotRegistered', 'ConwayDRepIncorrectDeposit'],
  ...['ConwayCommitteeHasPreviouslyResigned', 'ConwayDRepIncorrectRefund', 'ConwayCommitteeIsUnknown'],
];
const GOV = [
  ...['GovActionsDoNotExist', 'MalformedProposal', 'ProposalProcedureNetworkIdMismatch'],
  ...['TreasuryWithdrawalsNetworkIdMismatch', 'ProposalDepositIncorrect', 'DisallowedVoters'],
  ...['ConflictingCommitteeUpdate', 'ExpirationEpochTooSmall', 'InvalidPrevGovActionId'],
  ...['VotingOnExpiredGovAction', 'ProposalCantFollow', 'InvalidPolicyHash', 'InvalidGuardrailsScriptHash'],
  ...['DisallowedProposalDuringBootstrap', 'DisallowedVotesDuringBootstrap', 'VotersDoNotExist'],
  ...['ZeroTreasuryWithdrawals', 'ProposalReturnAccountDoesNotExist'],
  ...['TreasuryWithdrawalReturnAccountsDoNotExist', 'UnelectedCommitteeVoters'],
];
const cert = (rule: string) => (name: string) =>
  `ConwayCertsFailure (CertFailure (${rule} (${name} (KeyHashObj x))))`;

test.each([
  ...DELEG.map(cert('DelegFailure')),
  ...POOL.map(cert('PoolFailure')),
  ...GOVCERT.map(cert('GovCertFailure')),
  ...GOV.map((name) => `ConwayGovFailure (${name} (fromList [x]))`),
])('a predicate on certificates or governance does not last: %s', (failure) => {
  expect(lastingRefusals(shown(failure))).toEqual([]);
  expect(lastingRefusals(wrapped(failure))).toEqual([]);
});

test.each([
  'transaction read error RawCborDecodeError [DecoderErrorDeserialiseFailure "x" (DeserialiseFailure 0 "y")]',
  '',
])('a decoder’s words do not last: %j', (message) => {
  expect(lastingRefusals(message)).toEqual([]);
});

test('while the node does not know an output, only what the bytes alone decide lasts', () => {
  const missing = utxo('BadInputsUTxO');
  for (const say of [shown, wrapped]) {
    expect(
      lastingRefusals(say(missing, utxo('ScriptsNotPaidUTxO'), utxow('MissingVKeyWitnessesUTXOW'))),
    ).toEqual([]);
    expect(lastingRefusals(say(missing, utxow('InvalidWitnessesUTXOW')))).toEqual(['InvalidWitnessesUTXOW']);
  }
});

test('a name inside quoted text is the text’s author’s, not the ledger’s', () => {
  const log =
    'ValidationTagMismatch (IsValid True) (FailedUnexpectedly (PlutusFailure "InvalidWitnessesUTXOW \\" MissingRedeemers"))';
  expect(lastingRefusals(shown(log))).toEqual([]);
  expect(lastingRefusals(wrapped(log))).toEqual([]);
});

test('several are all named', () => {
  const both = shown(utxow('MissingVKeyWitnessesUTXOW'), utxo('ScriptsNotPaidUTxO'), utxo('FeeTooSmallUTxO'));
  expect(lastingRefusals(both)).toEqual(['MissingVKeyWitnessesUTXOW', 'ScriptsNotPaidUTxO']);
});
