import process from 'node:process';
import {
  judgePhase1,
  type LedgerFailure,
  type LedgerInput,
  nativeAssetId,
  outRefKey,
} from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootstrapWitness, byronAddressOf } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import {
  type Bend,
  bends,
  collateralOf,
  DATUM,
  FUNDS,
  inputOf,
  type PlutusName,
  PROGRAMS,
  plainDraft,
  plutusDraft,
  redeemer,
  referencing,
  running,
  scriptOf,
  showing,
  spending,
  unspentOutput,
  withSpecOf,
} from '../../support/ledger-draft.js';
import { libraryOpinion } from '../../support/library-opinion.js';
import { FEE, PAYER, PRICE } from '../../support/payment.js';
import { buildTransaction, multiAssetCbor, outRefCbor } from '../../support/transaction-builder.js';
import { addressText, walletOf } from '../../support/wallet.js';

const { LEDGER_RUNS } = process.env;
const RUNS = Number(LEDGER_RUNS ?? 2000);
/** The suite always sees the same payments; a longer run sees others. */
const SEED = LEDGER_RUNS === undefined ? { seed: 20_261_126 } : {};
const TIMEOUT_MS = 60_000 + 100 * RUNS;

const STRANGER = walletOf('stranger');
const TOKEN = nativeAssetId('ab'.repeat(28), '01');

/** Rules that the library does not judge, or judges in its own way: what it says of them is not asked. */
const NOT_THE_LIBRARYS: Readonly<Record<string, string>> = {
  DecoderFailure: 'the library keeps an element that a set holds twice; Conway’s decoder refuses it',
  BabbageNonDisjointRefInputs:
    'the library refuses it at every version; Babbage Utxo `disjointRefInputs` at 9 and 10',
  ValidationTagMismatch: 'ours alone: nothing here takes collateral',
  WrongNetwork: 'the library misses it; Shelley Utxo `validateWrongNetwork`',
  WrongNetworkInTxBody: 'the library misses it; Alonzo Utxo `validateWrongNetworkInTxBody`',
  OutsideValidityIntervalUTxO: 'the library takes a TTL of now; Allegra Utxo: the interval is half open',
  MaxTxSizeUTxO: 'the library counts the phase-2 flag; Alonzo Tx `sizeTxF` does not',
  FeeTooSmallUTxO: 'the library counts the phase-2 flag; Alonzo Tx `sizeTxF` does not',
  ConwayTxRefScriptsSizeTooBig: 'the library counts a script on two outputs once; Conway Ledger each',
  InvalidWitnessesUTXOW: 'the library takes keys of small order; libsodium does not',
  MissingTxMetadata: 'the library misses it; Shelley Utxow `validateMetadata`',
  MissingTxBodyMetadataHash: 'the library encodes the data anew',
  ConflictingMetadataHash: 'the library encodes the data anew',
  BabbageOutputTooSmallUTxO: 'the library encodes the output anew',
  OutputTooBigUTxO: 'the library encodes the value anew',
  MalformedReferenceScripts: 'the library does not look inside',
  ByronTxOutInContext: 'the library knows no Byron addresses',
};

/** What is judged otherwise, and the ledger's source that decides for ours. */
type KnownDifference = {
  readonly why: string;
  readonly applies: (input: LedgerInput, ours: readonly LedgerFailure[]) => boolean;
};

function nativeWitnesses({ transaction }: LedgerInput): string[] {
  return transaction.scriptWitnesses.flatMap(({ language, bytes }) => (language === 'native' ? bytes : []));
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    why: 'timelocks: the library compares with the present slot; Allegra Scripts `evalTimelock` with the interval',
    applies: (input) => nativeWitnesses(input).some((bytes) => /^82(04|05)/.test(bytes)),
  },
  {
    why: 'untagged datums: the library writes them anew; Alonzo `hashScriptIntegrity` takes the bytes as they stand',
    applies: ({ transaction: { datumsBytes } }) => datumsBytes !== undefined && datumsBytes[0] !== 0xd9,
  },
  {
    why: 'the library takes a witness for a script that an output brings along; Babbage `babbageMissingScripts` does not',
    applies: ({ transaction, outputs }) => {
      const visible = [...transaction.inputs, ...transaction.referenceInputs].map(outRefKey);
      const carried = new Set(visible.map((key) => outputs.get(key)?.referenceScript?.hash));
      return transaction.scriptWitnesses.some(({ hash }) => carried.has(hash));
    },
  },
  {
    why: 'the library takes a redeemer for an input that no Plutus script guards; Alonzo `hasExactSetOfRedeemers` does not',
    applies: (_, ours) => ours.some(({ rule }) => rule === 'ExtraRedeemers'),
  },
];

/** The library recurses without end over nested native scripts, and takes the process along: it is not asked. */
function isSafeToAsk(input: LedgerInput): boolean {
  return nativeWitnesses(input).every((bytes) => bytes.startsWith('8200') || /^82(04|05)/.test(bytes));
}

const signature = (keyHash: string) => cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);

function native(script: cbor.Cbor): Bend {
  const guard = scriptOf('native', script);
  return bends(spending(unspentOutput('guarded', { address: guard.address })), showing(guard));
}

function signedByron(isSigned: boolean): Bend {
  const { bytes, attributes } = byronAddressOf(PAYER, 0);
  return bends(
    spending(unspentOutput('byron', { address: addressText(bytes) })),
    withSpecOf((spec) => {
      if (!isSigned) return spec;
      const witness = bootstrapWitness(PAYER, cbor.hex(buildTransaction(spec).id), attributes);
      return { ...spec, witnesses: { 2: cbor.set([witness]) } };
    }),
  );
}

function minting(minted: bigint, sent: bigint): Bend {
  const policy = scriptOf('native', signature(PAYER.keyHash));
  const { hash } = policy.reference;
  return bends(
    showing(policy),
    withSpecOf((spec) => ({
      ...spec,
      outputs: spec.outputs.map((output, at) =>
        at === 1 && !(output instanceof Uint8Array)
          ? { ...output, assets: [[hash, '01', sent] as const] }
          : output,
      ),
      body: { ...spec.body, 9: multiAssetCbor([[hash, '01', minted]]) },
    })),
  );
}

const language = fc.constantFrom<PlutusName>('plutusV1', 'plutusV2', 'plutusV3');
const amount = fc.bigInt({ min: 1n, max: 9n });

/** Payments that are good, or nearly. */
const startOf: fc.Arbitrary<Bend> = fc.oneof(
  fc.constant<Bend>((draft) => draft),
  fc
    .constantFrom(
      signature(PAYER.keyHash),
      signature(STRANGER.keyHash),
      cbor.array([cbor.int(1), cbor.array([])]),
      cbor.array([cbor.int(2), cbor.array([signature(PAYER.keyHash)])]),
    )
    .map(native),
  fc.tuple(fc.constantFrom(4, 5), fc.integer({ min: -400, max: 400 })).map(
    ([kind, offset]): Bend =>
      (draft) =>
        native(cbor.array([cbor.int(kind), cbor.int(draft.slot + offset)]))(draft),
  ),
  fc.boolean().map(signedByron),
  fc.tuple(amount, amount).map(([minted, sent]) => minting(minted, sent)),
  language.map((name) => plutusDraft(name)),
  fc
    .tuple(fc.constantFrom<PlutusName>('plutusV1', 'plutusV2'), fc.constantFrom('set', 'array', 'indefinite'))
    .map(([name, form]) =>
      plutusDraft(name, {
        datums:
          form === 'set'
            ? cbor.set([DATUM])
            : cbor.array([DATUM], form === 'array' ? 'definite' : 'indefinite'),
      }),
    ),
);

function withBody(body: Readonly<Record<number, cbor.Cbor>>): Bend {
  return withSpecOf((spec) => ({ ...spec, body: { ...spec.body, ...body } }));
}

function without(part: 'body' | 'witnesses', key: number): Bend {
  return withSpecOf((spec) => {
    const { [key]: _, ...rest } = spec[part] ?? {};
    return { ...spec, [part]: rest };
  });
}

/** What is done to them. */
const bending: fc.Arbitrary<Bend> = fc.oneof(
  fc.constantFrom<Bend>(
    withSpecOf((spec) => ({ ...spec, signers: [] })),
    withSpecOf((spec) => ({ ...spec, signers: [STRANGER] })),
    withSpecOf((spec) => ({ ...spec, signers: [PAYER, STRANGER] })),
    withSpecOf(({ ttl: _, ...spec }) => spec),
    withSpecOf((spec) => ({ ...spec, encoding: { length: 'indefinite' } })),
    withSpecOf((spec) => ({ ...spec, encoding: { sets: 'untagged' } })),
    withSpecOf((spec) => ({ ...spec, auxiliaryData: cbor.map([[cbor.int(674), cbor.text('hello')]]) })),
    withBody({ 11: cbor.bytes(new Uint8Array(32)) }),
    withBody({ 14: cbor.set([cbor.bytes(cbor.hex(STRANGER.keyHash))]) }),
    withBody({ 14: cbor.set([cbor.bytes(cbor.hex(PAYER.keyHash))]) }),
    withBody({ 15: cbor.int(0) }),
    withBody({ 17: cbor.int(FUNDS) }),
    withBody({ 17: cbor.int(5) }),
    without('body', 11),
    without('body', 13),
    without('witnesses', 1),
    without('witnesses', 4),
    without('witnesses', 5),
    without('witnesses', 7),
    showing(PROGRAMS.plutusV2),
    showing(scriptOf('native', signature(PAYER.keyHash))),
    running([], { redeemers: cbor.map([redeemer(0, 0)]) }),
    running([], { datums: cbor.set([cbor.int(7)]) }),
    referencing(unspentOutput('reference')),
    referencing(unspentOutput('reference', { referenceScript: PROGRAMS.plutusV3.reference })),
    referencing(
      unspentOutput('reference', { referenceScript: scriptOf('native', signature(PAYER.keyHash)).reference }),
    ),
    spending(unspentOutput('second')),
    spending(unspentOutput('of a stranger', { address: STRANGER.address(0) })),
    spending(unspentOutput('of a script', { address: PROGRAMS.plutusV3.address })),
    spending(unspentOutput('with a token', { assets: new Map([[TOKEN, 3n]]) })),
    collateralOf(unspentOutput('collateral')),
    collateralOf(unspentOutput('collateral of a stranger', { address: STRANGER.address(0) })),
    collateralOf(unspentOutput('collateral with a token', { assets: new Map([[TOKEN, 3n]]) })),
    collateralOf(unspentOutput('collateral of a script', { address: PROGRAMS.plutusV3.address })),
    collateralOf(...['a', 'b', 'c', 'd'].map((name) => unspentOutput(name))),
    (draft) => withBody({ 13: cbor.set(draft.spec.inputs.slice(0, 1).map((ref) => outRefCbor(ref))) })(draft),
    (draft) => ({ ...draft, parameters: { ...draft.parameters, costModels: {} } }),
    (draft) => ({
      ...draft,
      parameters: { ...draft.parameters, maxTransactionExecutionUnits: { memory: 1n, steps: 1n } },
    }),
  ),
  fc.bigInt({ min: -3n, max: 3n }).map((difference) =>
    withSpecOf((spec) => ({
      ...spec,
      outputs: spec.outputs.map((output, at) =>
        at === 1 && !(output instanceof Uint8Array)
          ? { ...output, lovelace: FUNDS - PRICE - FEE + difference }
          : output,
      ),
    })),
  ),
  fc.integer({ min: -5, max: 5 }).map(
    (offset): Bend =>
      (draft) =>
        withBody({ 8: cbor.int(draft.slot + offset) })(draft),
  ),
);

test(
  'our phase 1 and another judge’s agree on payments made and bent at random, but for what is written down',
  () => {
    const agreed = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(startOf, fc.array(bending, { maxLength: 3 }), (start, more) => {
        const input = inputOf(bends(start, ...more)(plainDraft()));
        if (!isSafeToAsk(input)) return;
        const ours = judgePhase1(input).filter(({ rule }) => !(rule in NOT_THE_LIBRARYS));
        const theirs = libraryOpinion(input).filter(
          ({ phase, rule }) => phase === 1 && !(rule in NOT_THE_LIBRARYS),
        );
        if (ours.length > 0 === theirs.length > 0) {
          agreed[ours.length > 0 ? 'refused' : 'accepted'] += 1;
          return;
        }
        const difference = KNOWN_DIFFERENCES.find(({ applies }) => applies(input, ours));
        const said = (failures: readonly LedgerFailure[]) =>
          failures.map(({ rule, message }) => `${rule}: ${message}`).join('\n');
        expect(difference?.why, `ours:\n${said(ours)}\ntheirs:\n${said(theirs)}`).toBeDefined();
      }),
      { numRuns: RUNS, ...SEED },
    );
    // Both outcomes are met often.
    expect(agreed.accepted).toBeGreaterThan(RUNS / 10);
    expect(agreed.refused).toBeGreaterThan(RUNS / 10);
  },
  TIMEOUT_MS,
);
