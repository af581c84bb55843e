import {
  type ChainOutput,
  fromHex,
  type LedgerInput,
  lovelace,
  minimumFee,
  outRefKey,
  type ProtocolParameters,
  type Slot,
  slot,
} from '@x402-facilitator/cardano';
import {
  bootstrapWitness,
  buildTransaction,
  byronAddressOf,
  cbor,
  integrityHash,
  MERCHANT,
  multiAssetCbor,
  type OutputSpec,
  outRefCbor,
  PAYER,
  type PlutusName,
  PREVIEW,
  type TestScript,
  type TransactionSpec,
  transactionOf,
  unspentOutput,
  type Wallet,
} from '@x402-facilitator/cardano/testing';

export const NOW = slot(1_000_000);
export const PRICE = 2_000_000n;

/** A script that a payment runs, with what it takes. */
export type Guard = {
  readonly script: TestScript;
  /** Shown in the witness set, or by a referenced output. */
  readonly shown: 'witness' | 'reference';
  /** What a Plutus script is given, and what it may spend. */
  readonly redeemer?: { readonly data: cbor.Cbor; readonly budget: readonly [number, number] };
  /** A datum that the witness set must show. */
  readonly datum?: cbor.Cbor;
};

export type Minted = {
  readonly guard: Guard;
  readonly name: string;
  /** Sent to the payer; burned from what is spent where negative. */
  readonly quantity: bigint;
};

/** What a payment is made of, before amounts, indexes, hashes and signatures are worked out. */
export type Scene = {
  readonly spent: readonly { readonly output: ChainOutput; readonly guard?: Guard }[];
  readonly referenced: readonly ChainOutput[];
  readonly collateral: readonly ChainOutput[];
  readonly collateralReturn: 'none' | 'stated';
  readonly minted: readonly Minted[];
  /** Beside the payment and the change. */
  readonly outputs: readonly Extract<OutputSpec, { readonly lovelace: bigint }>[];
  readonly supplementalDatums: readonly cbor.Cbor[];
  readonly datumForm: 'set' | 'array' | 'indefinite';
  readonly redeemerForm: 'map' | 'list';
  readonly signers: readonly Wallet[];
  readonly byronSigners: readonly Wallet[];
  readonly requiredSigners: readonly Wallet[];
  readonly auxiliaryData?: cbor.Cbor;
  readonly validityStart?: number;
  readonly ttl?: number;
  readonly statesNetwork: boolean;
  readonly encoding: NonNullable<TransactionSpec['encoding']>;
  readonly outputForm: 'map' | 'array';
  readonly feeAboveMinimum: bigint;
  readonly parameters: ProtocolParameters;
};

/** A payment that is written but not signed. */
export type Draft = {
  readonly spec: TransactionSpec;
  readonly unspent: readonly ChainOutput[];
  readonly parameters: ProtocolParameters;
  readonly slot: Slot;
  /** Who signs by a bootstrap witness. */
  readonly byronSigners: readonly Wallet[];
  /** Key hashes of those who sign later. */
  readonly expectedSigners: readonly string[];
  /** Done to the transaction's bytes in the end. */
  readonly garble: (bytes: Uint8Array) => Uint8Array;
};

const WITNESS_KEYS = { native: 1, plutusV1: 3, plutusV2: 6, plutusV3: 7 } as const;
const FIRST_FEE = 400_000n;

export function plainScene(parameters: ProtocolParameters): Scene {
  return {
    spent: [{ output: unspentOutput('source', {}, 30_000_000n) }],
    referenced: [],
    collateral: [],
    collateralReturn: 'none',
    minted: [],
    outputs: [],
    supplementalDatums: [],
    datumForm: 'set',
    redeemerForm: 'map',
    signers: [PAYER],
    byronSigners: [],
    requiredSigners: [],
    ttl: NOW + 300,
    statesNetwork: false,
    encoding: {},
    outputForm: 'map',
    feeAboveMinimum: 0n,
    parameters,
  };
}

type Assets = Map<string, bigint>;

function add(assets: Assets, asset: string, quantity: bigint): void {
  assets.set(asset, (assets.get(asset) ?? 0n) + quantity);
}

function assetList(assets: Assets): (readonly [string, string, bigint])[] {
  return [...assets]
    .filter(([, quantity]) => quantity !== 0n)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([asset, quantity]) => {
      const [policy = '', name = ''] = asset.split('.');
      return [policy, name, quantity] as const;
    });
}

/** What is left of everything that is spent and minted. */
function leftOver({ spent, minted, outputs }: Scene): { lovelace: bigint; assets: Assets } {
  const assets: Assets = new Map();
  let left = -PRICE;
  for (const { output } of spent) {
    left += output.lovelace;
    for (const [asset, quantity] of output.assets) add(assets, asset, quantity);
  }
  for (const { guard, name, quantity } of minted)
    add(assets, `${guard.script.reference.hash}.${name}`, quantity);
  for (const output of outputs) {
    left -= output.lovelace;
    for (const [policy, name, quantity] of output.assets ?? []) add(assets, `${policy}.${name}`, -quantity);
  }
  return { lovelace: left, assets };
}

function scriptWitnesses(guards: readonly Guard[]): Record<number, cbor.Cbor> {
  const byKey = new Map<number, Map<string, cbor.Cbor>>();
  for (const { script, shown } of guards) {
    if (shown !== 'witness') continue;
    const key = WITNESS_KEYS[script.language];
    const shownAs = script.language === 'native' ? script.bytes : cbor.bytes(script.bytes);
    byKey.set(key, (byKey.get(key) ?? new Map()).set(script.reference.hash, shownAs));
  }
  return Object.fromEntries([...byKey].map(([key, scripts]) => [key, cbor.set([...scripts.values()])]));
}

type Redeemer = { readonly tag: number; readonly index: number; readonly of: NonNullable<Guard['redeemer']> };

function redeemersOf({ spent, minted }: Scene): Redeemer[] {
  const inputs = spent.map(({ output }) => outRefKey(output.outRef)).toSorted();
  const policies = [...new Set(minted.map(({ guard }) => guard.script.reference.hash))].toSorted();
  const spending = spent.flatMap(({ output, guard }) =>
    guard?.redeemer === undefined
      ? []
      : [{ tag: 0, index: inputs.indexOf(outRefKey(output.outRef)), of: guard.redeemer }],
  );
  const minting = new Map(
    minted.flatMap(({ guard }) => {
      const index = policies.indexOf(guard.script.reference.hash);
      return guard.redeemer === undefined ? [] : [[index, { tag: 1, index, of: guard.redeemer }] as const];
    }),
  );
  return [...spending, ...minting.values()].toSorted(
    (one, other) => one.tag - other.tag || one.index - other.index,
  );
}

function redeemersCbor(redeemers: readonly Redeemer[], form: Scene['redeemerForm']): cbor.Cbor {
  const parts = redeemers.map(({ tag, index, of: { data, budget } }) => ({
    pointer: [cbor.int(tag), cbor.int(index)],
    content: [data, cbor.array(budget.map((units) => cbor.int(units)))],
  }));
  return form === 'map'
    ? cbor.map(parts.map(({ pointer, content }) => [cbor.array(pointer), cbor.array(content)]))
    : cbor.array(parts.map(({ pointer, content }) => cbor.array([...pointer, ...content])));
}

function datumsCbor(datums: readonly cbor.Cbor[], form: Scene['datumForm']): cbor.Cbor {
  if (form === 'set') return cbor.set(datums);
  return cbor.array(datums, form === 'array' ? 'definite' : 'indefinite');
}

function distinct(items: readonly cbor.Cbor[]): cbor.Cbor[] {
  return [...new Map(items.map((item) => [Buffer.from(item).toString('hex'), item])).values()];
}

/** Fields of the body and of the witness set that have to do with scripts. */
function scriptFields(scene: Scene, fee: bigint) {
  const { spent, minted, collateral, parameters } = scene;
  const guards = [...spent.flatMap(({ guard }) => guard ?? []), ...minted.map(({ guard }) => guard)];
  const redeemers = redeemersOf(scene);
  const datums = distinct([...guards.flatMap(({ datum }) => datum ?? []), ...scene.supplementalDatums]);
  const languages = new Set(
    guards.flatMap(({ script: { language } }) => (language === 'native' ? [] : [language])),
  );
  // Shorter keys come first in what is hashed, and only the first language's has two bytes.
  const inOrder = (['plutusV2', 'plutusV3', 'plutusV1'] satisfies PlutusName[]).filter((name) =>
    languages.has(name),
  );
  const written = {
    ...(redeemers.length === 0 ? {} : { redeemers: redeemersCbor(redeemers, scene.redeemerForm) }),
    ...(datums.length === 0 ? {} : { datums: datumsCbor(datums, scene.datumForm) }),
  };
  const hasData = redeemers.length + datums.length + inOrder.length > 0;
  const total = collateral.reduce((sum, { lovelace: held }) => sum + held, 0n);
  const needed = (fee * BigInt(parameters.collateralPercentage) + 99n) / 100n;
  const states = scene.collateralReturn === 'stated' && total - needed >= 1_000_000n;
  return {
    body: {
      ...(hasData ? { 11: cbor.bytes(integrityHash(parameters, inOrder, written)) } : {}),
      ...(collateral.length === 0
        ? {}
        : { 13: cbor.set(collateral.map(({ outRef }) => outRefCbor(outRef))) }),
      ...(states
        ? {
            16: cbor.map([
              [cbor.int(0), cbor.bytes(PAYER.addressBytes(0))],
              [cbor.int(1), cbor.int(total - needed)],
            ]),
            17: cbor.int(needed),
          }
        : {}),
    },
    witnesses: {
      ...scriptWitnesses(guards),
      ...(written.datums === undefined ? {} : { 4: written.datums }),
      ...(written.redeemers === undefined ? {} : { 5: written.redeemers }),
    },
  };
}

function specOf(scene: Scene, fee: bigint): TransactionSpec {
  const { spent, referenced, minted, outputs, requiredSigners, auxiliaryData, ttl, validityStart } = scene;
  const left = leftOver(scene);
  const mint = new Map<string, bigint>();
  for (const { guard, name, quantity } of minted)
    add(mint, `${guard.script.reference.hash}.${name}`, quantity);
  const scripts = scriptFields(scene, fee);
  const plain = { form: scene.outputForm } as const;
  return {
    inputs: spent.map(({ output }) => output.outRef),
    outputs: [
      { address: MERCHANT.addressBytes(0), lovelace: PRICE, ...plain },
      {
        address: PAYER.addressBytes(0),
        lovelace: left.lovelace - fee,
        assets: assetList(left.assets),
        ...plain,
      },
      ...outputs,
    ],
    fee,
    ...(ttl === undefined ? {} : { ttl }),
    signers: scene.signers,
    ...(auxiliaryData === undefined ? {} : { auxiliaryData }),
    encoding: scene.encoding,
    body: {
      ...(validityStart === undefined ? {} : { 8: cbor.int(validityStart) }),
      ...(mint.size === 0 ? {} : { 9: multiAssetCbor(assetList(mint)) }),
      ...(requiredSigners.length === 0
        ? {}
        : { 14: cbor.set(requiredSigners.map(({ keyHash }) => cbor.bytes(cbor.hex(keyHash)))) }),
      ...(scene.statesNetwork ? { 15: cbor.int(0) } : {}),
      ...(referenced.length === 0
        ? {}
        : { 18: cbor.set(referenced.map(({ outRef }) => outRefCbor(outRef))) }),
      ...scripts.body,
    },
    witnesses: scripts.witnesses,
  };
}

/** Writes a payment whose amounts, indexes and hashes are right, and whose fee is the least and a little more. */
export function draftOf(scene: Scene): Draft {
  const { parameters, byronSigners } = scene;
  const unspent = [...scene.spent.map(({ output }) => output), ...scene.referenced, ...scene.collateral];
  const draft = (fee: bigint): Draft => ({
    spec: specOf(scene, fee),
    unspent,
    parameters,
    slot: NOW,
    byronSigners,
    expectedSigners: [],
    garble: (bytes) => bytes,
  });
  const least = minimumFee(inputOf(draft(FIRST_FEE)));
  return draft(least + scene.feeAboveMinimum);
}

/** Signs and writes a payment. */
export function bytesOf({ spec, byronSigners, garble }: Draft): Uint8Array {
  if (byronSigners.length === 0) return garble(buildTransaction(spec).bytes);
  const id = fromHex(buildTransaction(spec).id) ?? new Uint8Array();
  const witnesses = byronSigners.map((signer) =>
    bootstrapWitness(signer, id, byronAddressOf(signer, 0).attributes),
  );
  return garble(
    buildTransaction({ ...spec, witnesses: { ...spec.witnesses, 2: cbor.set(witnesses) } }).bytes,
  );
}

/**
 * A payment as our judges are given it.
 *
 * @throws Error where the decoder cannot read it.
 */
export function inputOf(draft: Draft): LedgerInput {
  const { unspent, parameters, slot: at } = draft;
  return {
    transaction: transactionOf(bytesOf(draft)),
    parameters,
    slot: at,
    network: 'cardano:preview',
    outputs: new Map(unspent.map((output) => [outRefKey(output.outRef), output])),
  };
}

/** An output with another amount. */
export function withLovelace(output: ChainOutput, amount: bigint): ChainOutput {
  return { ...output, lovelace: lovelace(amount) };
}

export const { timeline: TIMELINE, parameters: PARAMETERS } = PREVIEW;
