import { blake2b256, nativeAssetId, type ReferenceScript, toHex } from '@x402-facilitator/cardano';
import {
  addressBytes,
  addressText,
  byronAddressOf,
  call,
  cbor,
  flatProgram,
  type OutputSpec,
  PAYER,
  type PlutusName,
  scriptOf,
  type Term,
  type TestScript,
  t,
  unspentOutput,
  walletOf,
} from '@x402-facilitator/cardano/testing';
import type { Random } from './random.js';
import { type Guard, NOW, type Scene } from './scene.js';

/** Something that a payment may have. */
export type Shape = (scene: Scene, random: Random, name: string) => Scene;

export const STRANGER = walletOf('stranger');
export const FRIEND = walletOf('friend');
export const TOKEN_POLICY = 'ab'.repeat(28);
const ENTERPRISE_SCRIPT = 0x70;
const BASE_KEY_KEY = 0x00;
const STAKE = cbor.hex('cd'.repeat(28));

const signature = (keyHash: string) => cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);

/** A native script, satisfied or not. */
export function nativeScript(random: Random, depth = 0): cbor.Cbor {
  const length = random.chance(0.2) ? 'indefinite' : 'definite';
  if (depth > 4 || random.chance(0.5)) {
    if (random.chance(0.6)) {
      return signature(random.pick([PAYER, PAYER, PAYER, FRIEND, STRANGER]).keyHash);
    }
    const slot = NOW + random.pick([-1000, -1, 0, 1, 299, 300, 301, 1000]);
    return cbor.array([cbor.int(random.int(4, 5)), cbor.int(slot)], length);
  }
  const inner = Array.from({ length: random.int(0, 3) }, () => nativeScript(random, depth + 1));
  const kind = random.int(1, 3);
  const needed = kind === 3 ? [cbor.int(random.int(-1, inner.length + 1))] : [];
  return cbor.array([cbor.int(kind), ...needed, cbor.array(inner, length)], length);
}

function lambdas(count: number, body: Term): Term {
  let term = body;
  for (let at = 0; at < count; at += 1) term = t.lambda(term);
  return term;
}

const VERSIONS = { plutusV1: [1n, 0n, 0n], plutusV2: [1n, 0n, 0n], plutusV3: [1n, 1n, 0n] } as const;

/** A loop that is left after some rounds. */
function rounds(count: number): Term {
  const [self, left] = [t.variable(2), t.variable(1)];
  const again = t.apply(self, self, call(1, 0, left, t.integer(1)));
  const step = t.force(call(26, 1, call(6, 0, left, t.integer(0)), t.delay(t.unit), t.delay(again)));
  const loop = t.lambda(t.lambda(step));
  return t.apply(loop, loop, t.integer(count));
}

function ignoring(term: Term): Term {
  return t.apply(t.lambda(t.unit), term);
}

/** Programs by what they do with the last of their arguments, the context. */
const BODIES: Readonly<Record<string, (random: Random) => Term>> = {
  accepts: () => t.unit,
  fails: () => t.error,
  'counts down': (random) => rounds(random.int(0, 40)),
  'weighs what it is shown': () => call(26, 1, call(47, 0, t.variable(1), t.variable(1)), t.unit, t.error),
  'hashes what it is shown': () => t.apply(t.lambda(t.unit), call(21, 0, call(51, 0, t.variable(1)))),
  'comes to a number': (random) => t.integer(random.int(0, 1)),
  divides: (random) =>
    ignoring(call(random.pick([3, 4, 5, 6]), 0, t.integer(2n ** BigInt(random.int(1, 300))), t.integer(7))),
  'joins strings': (random) => ignoring(call(22, 0, t.string('é'.repeat(random.int(0, 40))), t.string('w'))),
  'raises to a power': (random) =>
    ignoring(call(87, 0, t.integer(3), t.integer(random.int(0, 100)), t.integer(random.int(1, 7)))),
  'drops from a list': (random) => ignoring(call(88, 1, t.integer(random.int(0, 3)), t.integers(1, 2))),
  'cases on a boolean': () => t.match(t.boolean(true), t.unit, t.unit),
  traces: () => call(28, 1, t.string('hello'), t.unit),
};

/** What programs of version 1.0.0 cannot hold: the other judge reads it all the same, where ours finds no program. */
const OF_LATER_PROGRAMS: readonly string[] = ['cases on a boolean'];
/** Plutus V1 has no `serialiseData` before protocol version 11. */
const OF_LATER_LANGUAGES: readonly string[] = ['hashes what it is shown'];

export function plutusScript(language: PlutusName, args: number, random: Random): TestScript {
  const names = Object.keys(BODIES).filter(
    (name) =>
      (language === 'plutusV3' || !OF_LATER_PROGRAMS.includes(name)) &&
      (language !== 'plutusV1' || !OF_LATER_LANGUAGES.includes(name)),
  );
  const body = BODIES[random.chance(0.5) ? 'accepts' : random.pick(names)]?.(random) ?? t.unit;
  return scriptOf(language, cbor.bytes(flatProgram(lambdas(args, body), VERSIONS[language])));
}

const DATA: readonly cbor.Cbor[] = [
  cbor.int(42),
  cbor.int(-(2n ** 64n)),
  cbor.bytes(cbor.hex('c0ffee')),
  cbor.hex('d87980'),
  cbor.hex('d8799f182a4101ff'),
  cbor.hex('9f0102ff'),
  cbor.hex('820102'),
  cbor.hex('a1014102'),
  cbor.hex('c24a00010203040506070809'),
  cbor.hex('1b000000000000002a'),
  cbor.hex('5f41014102ff'),
];

function budget(random: Random): readonly [number, number] {
  return random.pick([
    [600_000, 300_000_000],
    [600_000, 300_000_000],
    [600_000, 300_000_000],
    [20_000, 20_000_000],
    [500, 64_100],
    [1_000, 1_000_000],
    [random.int(500, 3_000), random.int(60_000, 700_000)],
  ]);
}

function redeemerOf(random: Random) {
  return { data: random.pick(DATA), budget: budget(random) };
}

/** Shows a script in the witness set, or on an output that the payment references. */
function shown(scene: Scene, script: TestScript, random: Random, name: string): [Scene, Guard['shown']] {
  if (random.chance(0.6)) return [scene, 'witness'];
  const carrier = unspentOutput(`${name} carrier`, { referenceScript: script.reference });
  return [{ ...scene, referenced: [...scene.referenced, carrier] }, 'reference'];
}

function withCollateral(scene: Scene, random: Random): Scene {
  if (scene.collateral.length > 0) return scene;
  const collateral = Array.from({ length: random.int(1, 2) }, (_, at) =>
    unspentOutput(`collateral ${at}`, {}, 5_000_000n),
  );
  return { ...scene, collateral, collateralReturn: random.chance(0.5) ? 'stated' : 'none' };
}

const spendsNative: Shape = (scene, random, name) => {
  const script = scriptOf('native', nativeScript(random));
  const [bent, how] = shown(scene, script, random, name);
  const output = unspentOutput(name, { address: script.address });
  return { ...bent, spent: [...bent.spent, { output, guard: { script, shown: how } }] };
};

/** Deeper than the other judge reads. */
const DEEP = 1_200;

function deepNative(keyHash: string): TestScript {
  let deep = signature(keyHash);
  for (let depth = 0; depth < DEEP; depth += 1) deep = cbor.array([cbor.int(1), cbor.array([deep])]);
  return scriptOf('native', deep);
}

const DEEP_SCRIPTS = [PAYER, STRANGER].map(({ keyHash }) => deepNative(keyHash));

const spendsDeepNative: Shape = (scene, random, name) => {
  const script = random.pick(DEEP_SCRIPTS);
  const carrier = unspentOutput(`${name} carrier`, { referenceScript: script.reference });
  const output = unspentOutput(name, { address: script.address });
  return {
    ...scene,
    referenced: [...scene.referenced, carrier],
    spent: [...scene.spent, { output, guard: { script, shown: 'reference' } }],
  };
};

const spendsPlutus: Shape = (scene, random, name) => {
  const language = random.pick(['plutusV1', 'plutusV2', 'plutusV3'] as const);
  const script = plutusScript(language, language === 'plutusV3' ? 1 : 3, random);
  const [bent, how] = shown(withCollateral(scene, random), script, random, name);
  const datum = random.pick(DATA);
  const kinds = {
    plutusV1: ['hash'],
    plutusV2: ['hash', 'inline'],
    plutusV3: ['hash', 'inline', 'none'],
  } as const;
  const kind = random.pick<'hash' | 'inline' | 'none'>(kinds[language]);
  const output = unspentOutput(name, {
    address: script.address,
    ...(kind === 'hash' ? { datumHash: toHex(blake2b256(datum)) } : {}),
    ...(kind === 'inline' ? { inlineDatum: toHex(datum) } : {}),
  });
  const guard: Guard = {
    script,
    shown: how,
    redeemer: redeemerOf(random),
    ...(kind === 'hash' ? { datum } : {}),
  };
  return { ...bent, spent: [...bent.spent, { output, guard }] };
};

const mintsNative: Shape = (scene, random, name) => {
  const script = scriptOf('native', nativeScript(random));
  const [bent, how] = shown(scene, script, random, name);
  const minted = Array.from({ length: random.int(1, 3) }, (_, at) => ({
    guard: { script, shown: how },
    name: `0${at}`,
    quantity: BigInt(random.int(1, 1_000_000)),
  }));
  return { ...bent, minted: [...bent.minted, ...minted] };
};

const mintsPlutus: Shape = (scene, random, name) => {
  const language = random.pick(['plutusV1', 'plutusV2', 'plutusV3'] as const);
  const script = plutusScript(language, language === 'plutusV3' ? 1 : 2, random);
  const [bent, how] = shown(withCollateral(scene, random), script, random, name);
  const guard: Guard = { script, shown: how, redeemer: redeemerOf(random) };
  return { ...bent, minted: [...bent.minted, { guard, name: '', quantity: 7n }] };
};

const holdsTokens: Shape = (scene, random, name) => {
  const assets = new Map(
    Array.from({ length: random.int(1, 6) }, (_, at) => [
      nativeAssetId(
        random.chance(0.5) ? TOKEN_POLICY : 'cd'.repeat(28),
        `${name.length.toString(16).padStart(2, '0')}0${at}`,
      ),
      BigInt(random.pick([1, 23, 24, 65_536, 2 ** 40])),
    ]),
  );
  return { ...scene, spent: [...scene.spent, { output: unspentOutput(name, { assets }) }] };
};

const severalOwners: Shape = (scene, random, name) => ({
  ...scene,
  spent: [
    ...scene.spent,
    ...Array.from({ length: random.int(1, 3) }, (_, at) => ({
      output: unspentOutput(`${name} ${at}`, { address: random.pick([PAYER, FRIEND]).address(0) }),
    })),
  ],
  signers: [PAYER, FRIEND],
});

const spendsByron: Shape = (scene, _, name) => ({
  ...scene,
  spent: [
    ...scene.spent,
    { output: unspentOutput(name, { address: addressText(byronAddressOf(PAYER, 0).bytes) }) },
  ],
  byronSigners: [PAYER],
});

/** A stake part, a pointer, or nothing behind the payment part. */
function addressOf(random: Random): Uint8Array {
  const key = cbor.hex(random.pick([PAYER, STRANGER]).keyHash);
  return random.pick([
    addressBytes(BASE_KEY_KEY, key, STAKE),
    addressBytes(0x40, key, Uint8Array.of(0x81, 0x00, 0x02, 0x03)),
    addressBytes(0x60, key),
    addressBytes(ENTERPRISE_SCRIPT, key),
    byronAddressOf(FRIEND, 0).bytes,
    addressBytes(BASE_KEY_KEY, key, STAKE),
    addressBytes(0x60, key),
  ]);
}

function scriptRef({ language, bytes }: ReferenceScript): cbor.Cbor {
  const number = ['native', 'plutusV1', 'plutusV2', 'plutusV3'].indexOf(language);
  const script = cbor.hex(bytes);
  const content = language === 'native' ? script : cbor.bytes(script);
  return cbor.tag(24, cbor.bytes(cbor.array([cbor.int(number), content])));
}

const paysMore: Shape = (scene, random) => {
  const datum = random.pick(DATA);
  const byHash = random.chance(0.5);
  const datumField = byHash
    ? cbor.array([cbor.int(0), cbor.bytes(blake2b256(datum))])
    : cbor.array([cbor.int(1), cbor.tag(24, cbor.bytes(datum))]);
  const withDatum = random.chance(0.4);
  const script = random.chance(0.5)
    ? scriptOf('native', nativeScript(random))
    : plutusScript(random.pick(['plutusV1', 'plutusV2', 'plutusV3'] as const), 3, random);
  const output = {
    address: addressOf(random),
    lovelace: BigInt(random.int(2_000_000, 3_000_000)),
    extra: [
      ...(withDatum ? [[2, datumField] as const] : []),
      ...(random.chance(0.3) ? [[3, scriptRef(script.reference)] as const] : []),
    ],
  } satisfies OutputSpec;
  return {
    ...scene,
    outputs: [...scene.outputs, output],
    supplementalDatums:
      withDatum && byHash && random.chance(0.5)
        ? [...scene.supplementalDatums, datum]
        : scene.supplementalDatums,
  };
};

const references: Shape = (scene, random, name) => {
  const script = random.chance(0.5)
    ? scriptOf('native', nativeScript(random))
    : plutusScript(random.pick(['plutusV1', 'plutusV2', 'plutusV3'] as const), 3, random);
  const output = unspentOutput(name, {
    address: random.chance(0.5) ? PAYER.address(0) : script.address,
    ...(random.chance(0.4) ? { referenceScript: script.reference } : {}),
    ...(random.chance(0.3) ? { datumHash: toHex(blake2b256(random.pick(DATA))) } : {}),
    ...(random.chance(0.2) ? { inlineDatum: toHex(random.pick(DATA)) } : {}),
  });
  return { ...scene, referenced: [...scene.referenced, output] };
};

const METADATA = cbor.map([
  [cbor.int(674), cbor.map([[cbor.text('msg'), cbor.array([cbor.text('hello')])]])],
]);

const metadata: Shape = (scene, random) => ({
  ...scene,
  auxiliaryData: random.pick([
    METADATA,
    cbor.map([]),
    cbor.array([METADATA, cbor.array([nativeScript(random)])]),
    cbor.tag(259, cbor.map([[cbor.int(0), METADATA]])),
    cbor.tag(259, cbor.map([[cbor.int(1), cbor.array([nativeScript(random)])]])),
    cbor.tag(
      259,
      cbor.map([[cbor.int(4), cbor.array([cbor.bytes(plutusScript('plutusV3', 1, random).bytes)])]]),
    ),
  ]),
});

const interval: Shape = ({ ttl: _, ...scene }, random) => ({
  ...scene,
  ...(random.chance(0.7) ? { ttl: NOW + random.pick([1, 2, 300, 7200]) } : {}),
  ...(random.chance(0.7) ? { validityStart: NOW - random.pick([0, 1, 500]) } : {}),
});

const requiredSigners: Shape = (scene, random) => ({
  ...scene,
  requiredSigners: random.chance(0.7) ? [PAYER] : [PAYER, FRIEND],
  signers: [...new Set([...scene.signers, PAYER, FRIEND])],
});

const offersCollateral: Shape = (scene, random) => withCollateral(scene, random);

const encoding: Shape = (scene, random) => ({
  ...scene,
  encoding: random.pick<Scene['encoding']>([
    { sets: 'untagged' },
    { sets: 'untagged' },
    { heads: 8 },
    { length: 'indefinite' },
    { sets: 'untagged', heads: 8 },
  ]),
  outputForm: random.chance(0.3) ? 'array' : 'map',
  datumForm: random.pick(['set', 'array', 'indefinite'] as const),
  redeemerForm: random.pick(['map', 'list'] as const),
});

const statesNetwork: Shape = (scene) => ({ ...scene, statesNetwork: true });

const overpays: Shape = (scene, random) => ({ ...scene, feeAboveMinimum: BigInt(random.int(1, 100_000)) });

export const SHAPES = {
  'spends a native script’s output': spendsNative,
  'spends a deep native script’s output': spendsDeepNative,
  'spends a Plutus script’s output': spendsPlutus,
  'mints by a native script': mintsNative,
  'mints by a Plutus script': mintsPlutus,
  'holds tokens': holdsTokens,
  'has several owners': severalOwners,
  'spends a Byron output': spendsByron,
  'pays more outputs': paysMore,
  'references outputs': references,
  'has metadata': metadata,
  'has an interval of its own': interval,
  'demands signers': requiredSigners,
  'offers collateral': offersCollateral,
  'is encoded in another way': encoding,
  'states its network': statesNetwork,
  'pays more than the least fee': overpays,
} as const satisfies Readonly<Record<string, Shape>>;
