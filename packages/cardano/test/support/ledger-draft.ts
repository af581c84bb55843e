import {
  blake2b224,
  blake2b256,
  type ChainOutput,
  type LedgerInput,
  lovelace,
  outRefKey,
  type ProtocolParameters,
  type ReferenceScript,
  type Slot,
  slot,
  toHex,
} from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import { flatProgram, type Term } from './flat.js';
import { PARAMETERS } from './network.js';
import { FEE, MERCHANT, PAYER, PRICE } from './payment.js';
import { t } from './terms.js';
import {
  type BuiltTransaction,
  buildTransaction,
  outRefCbor,
  type TransactionSpec,
} from './transaction-builder.js';
import { transactionOf } from './unwrap.js';
import { addressBytes, addressText } from './wallet.js';
import { txHash } from './world.js';

/** A transaction and the chain that it meets, before it is written and signed. */
export type LedgerDraft = {
  readonly spec: TransactionSpec;
  /** What is unspent; the first is the payer's, which the payment spends. */
  readonly unspent: readonly ChainOutput[];
  readonly parameters: ProtocolParameters;
  readonly slot: Slot;
  /** Writes the whole in another form than the usual. */
  readonly encode?: (built: BuiltTransaction) => Uint8Array;
};

export type Bend = (draft: LedgerDraft) => LedgerDraft;

export const FUNDS = 10_000_000n;
export const NOW = slot(1_000_000);

/** An unspent output of the payer's, unless told. */
export function unspentOutput(
  name: string,
  changes: Partial<Omit<ChainOutput, 'lovelace'>> = {},
  amount = FUNDS,
): ChainOutput {
  return {
    outRef: { txHash: txHash(name), index: 0 },
    address: PAYER.address(0),
    lovelace: lovelace(amount),
    assets: new Map(),
    ...changes,
  };
}

/** A plain payment at protocol version 10. */
export function plainDraft(): LedgerDraft {
  const source = unspentOutput('source');
  return {
    spec: {
      inputs: [source.outRef],
      outputs: [
        { address: MERCHANT.addressBytes(0), lovelace: PRICE },
        { address: PAYER.addressBytes(0), lovelace: FUNDS - PRICE - FEE },
      ],
      fee: FEE,
      ttl: NOW + 300,
      signers: [PAYER],
    },
    unspent: [source],
    parameters: PARAMETERS,
    slot: NOW,
  };
}

export function withSpecOf(bend: (spec: TransactionSpec, draft: LedgerDraft) => TransactionSpec): Bend {
  return (draft) => ({ ...draft, spec: bend(draft.spec, draft) });
}

export function withParametersOf(changes: Partial<ProtocolParameters>): Bend {
  return (draft) => ({ ...draft, parameters: { ...draft.parameters, ...changes } });
}

export function atVersion(major: number): Bend {
  return withParametersOf({ protocolVersion: { major, minor: 0 } });
}

/** One bend after the other. */
export function bends(...all: readonly Bend[]): Bend {
  return (draft) => all.reduce((bent, bend) => bend(bent), draft);
}

/** Spends another output, whose value goes back to the payer. */
export function spending(output: ChainOutput): Bend {
  return (draft) => ({
    ...draft,
    unspent: [...draft.unspent, output],
    spec: {
      ...draft.spec,
      inputs: [...draft.spec.inputs, output.outRef],
      outputs: [...draft.spec.outputs, { address: PAYER.addressBytes(0), lovelace: output.lovelace }],
    },
  });
}

/** References another output. */
export function referencing(output: ChainOutput): Bend {
  return (draft) => ({
    ...draft,
    unspent: [...draft.unspent, output],
    spec: { ...draft.spec, body: { ...draft.spec.body, 18: cbor.set([outRefCbor(output.outRef)]) } },
  });
}

/** Offers another output as collateral. */
export function collateralOf(...outputs: readonly ChainOutput[]): Bend {
  return (draft) => ({
    ...draft,
    unspent: [...draft.unspent, ...outputs],
    spec: {
      ...draft.spec,
      body: { ...draft.spec.body, 13: cbor.set(outputs.map(({ outRef }) => outRefCbor(outRef))) },
    },
  });
}

/** A script with its hash and its address. */
export function scriptOf(language: ReferenceScript['language'], bytes: Uint8Array) {
  const tag = { native: 0, plutusV1: 1, plutusV2: 2, plutusV3: 3 }[language];
  const hash = blake2b224(Uint8Array.of(tag, ...bytes));
  const reference: ReferenceScript = { hash: toHex(hash), language, bytes: toHex(bytes) };
  return { language, bytes, reference, address: addressText(addressBytes(0x70, hash)) };
}

export type TestScript = ReturnType<typeof scriptOf>;

/** A program that takes so many arguments and accepts them. */
function accepting(count: number, version: readonly bigint[]): Uint8Array {
  let term: Term = t.unit;
  for (let at = 0; at < count; at += 1) term = t.lambda(term);
  return cbor.bytes(flatProgram(term, version));
}

/** Programs that accept everything; the first languages know no newer version, and take datum, redeemer and context. */
export const PROGRAMS = {
  plutusV1: scriptOf('plutusV1', accepting(3, [1n, 0n, 0n])),
  plutusV2: scriptOf('plutusV2', accepting(3, [1n, 0n, 0n])),
  plutusV3: scriptOf('plutusV3', accepting(1, [1n, 1n, 0n])),
};
export type PlutusName = keyof typeof PROGRAMS;

const WITNESS_KEYS = { native: 1, plutusV1: 3, plutusV2: 6, plutusV3: 7 };

/** Shows a script as a witness. */
export function showing({ language, bytes }: TestScript): Bend {
  const script = language === 'native' ? bytes : cbor.bytes(bytes);
  return withSpecOf((spec) => ({
    ...spec,
    witnesses: { ...spec.witnesses, [WITNESS_KEYS[language]]: cbor.set([script]) },
  }));
}

/** A language's entry in what is hashed: the first one's is encoded twice. */
function languageView(language: PlutusName, { costModels }: ProtocolParameters): [cbor.Cbor, cbor.Cbor] {
  const costs = (costModels[language] ?? []).map((cost) => cbor.int(cost));
  if (language === 'plutusV1') return [cbor.bytes(cbor.int(0)), cbor.bytes(cbor.array(costs, 'indefinite'))];
  return [cbor.int(language === 'plutusV2' ? 1 : 2), cbor.array(costs)];
}

/** The script-integrity hash, computed without the product. */
export function integrityHash(
  parameters: ProtocolParameters,
  languages: readonly PlutusName[],
  {
    redeemers = cbor.map([]),
    datums = new Uint8Array(),
  }: { readonly redeemers?: cbor.Cbor | undefined; readonly datums?: cbor.Cbor | undefined },
): Uint8Array {
  const views = cbor.map(languages.map((language) => languageView(language, parameters)));
  return blake2b256(cbor.concat(redeemers, datums, views));
}

/** Redeemers, datums and the hash over both. */
export function running(
  languages: readonly PlutusName[],
  { redeemers, datums }: { readonly redeemers?: cbor.Cbor; readonly datums?: cbor.Cbor },
): Bend {
  return withSpecOf((spec, { parameters }) => ({
    ...spec,
    body: { ...spec.body, 11: cbor.bytes(integrityHash(parameters, languages, { redeemers, datums })) },
    witnesses: {
      ...spec.witnesses,
      ...(datums === undefined ? {} : { 4: datums }),
      ...(redeemers === undefined ? {} : { 5: redeemers }),
    },
  }));
}

export function redeemer(
  purpose: number,
  index: number,
  budget: readonly [number, number] = [10_000, 10_000_000],
) {
  const content = cbor.array([cbor.int(0), cbor.array(budget.map((units) => cbor.int(units)))]);
  return [cbor.array([cbor.int(purpose), cbor.int(index)]), content] as const;
}

export const DATUM = cbor.int(42);
export const DATUM_HASH = toHex(blake2b256(DATUM));

/** A redeemer to spend an output, at its place in the ledger's order. */
export function spendRedeemer(
  { spec }: LedgerDraft,
  output: ChainOutput,
  budget?: readonly [number, number],
) {
  const order = spec.inputs.map(outRefKey).toSorted();
  return redeemer(0, order.indexOf(outRefKey(output.outRef)), budget);
}

/** A payment that also spends an output which a script of a language guards, with everything that it takes. */
export function plutusDraft(
  language: PlutusName,
  {
    locked: changes = language === 'plutusV3' ? {} : { datumHash: DATUM_HASH },
    datums = language === 'plutusV3' ? 'none' : cbor.set([DATUM]),
    budget,
  }: {
    readonly locked?: Partial<Omit<ChainOutput, 'lovelace'>>;
    readonly datums?: cbor.Cbor | 'none';
    readonly budget?: readonly [number, number];
  } = {},
): Bend {
  const script = PROGRAMS[language];
  const locked = unspentOutput('locked', { address: script.address, ...changes });
  return (draft) => {
    const spent = bends(spending(locked), collateralOf(unspentOutput('collateral')), showing(script))(draft);
    const redeemers = cbor.map([spendRedeemer(spent, locked, budget)]);
    return running([language], { redeemers, ...(datums === 'none' ? {} : { datums }) })(spent);
  };
}

/** What the ledger is given. */
export function inputOf({ spec, unspent, parameters, slot: now, encode }: LedgerDraft): LedgerInput {
  const built = buildTransaction(spec);
  return {
    transaction: transactionOf(encode?.(built) ?? built.bytes),
    parameters,
    slot: now,
    network: 'cardano:preview',
    outputs: new Map(unspent.map((output) => [outRefKey(output.outRef), output])),
  };
}
