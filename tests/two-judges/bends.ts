import { minimumFee, minimumLovelace, nativeAssetId, outRefKey } from '@x402-facilitator/cardano';
import {
  byronAddressOf,
  cbor,
  type OutputSpec,
  outRefCbor,
  PAYER,
  scriptOf,
  type TransactionSpec,
  unspentOutput,
} from '@x402-facilitator/cardano/testing';
import type { Random } from './random.js';
import { type Draft, inputOf, withLovelace } from './scene.js';
import { FRIEND, nativeScript, plutusScript, STRANGER, TOKEN_POLICY } from './shapes.js';

/** Something that is done to a written payment before it is signed. */
export type Bend = (draft: Draft, random: Random) => Draft;

function spec(change: (spec: TransactionSpec, random: Random, draft: Draft) => TransactionSpec): Bend {
  return (draft, random) => ({ ...draft, spec: change(draft.spec, random, draft) });
}

function body(fields: (random: Random, draft: Draft) => Readonly<Record<number, cbor.Cbor>>): Bend {
  return spec((written, random, draft) => ({
    ...written,
    body: { ...written.body, ...fields(random, draft) },
  }));
}

function without(part: 'body' | 'witnesses', ...keys: readonly number[]): Bend {
  return spec((written, random) => {
    const key = random.pick(keys);
    const { [key]: _, ...rest } = written[part] ?? {};
    return { ...written, [part]: rest };
  });
}

type Plain = Exclude<OutputSpec, Uint8Array>;

/** Changes the output that goes back to the payer. */
function change(bend: (output: Plain, random: Random) => Plain): Bend {
  return spec((written, random) => ({
    ...written,
    outputs: written.outputs.map((output, at) =>
      at === 1 && !(output instanceof Uint8Array) ? bend(output, random) : output,
    ),
  }));
}

/** Moves lovelace from the change into the fee. */
function movedIntoFee(amount: bigint, written: TransactionSpec): TransactionSpec {
  return {
    ...written,
    fee: written.fee + amount,
    outputs: written.outputs.map((output, at) =>
      at === 1 && !(output instanceof Uint8Array)
        ? { ...output, lovelace: output.lovelace - amount }
        : output,
    ),
  };
}

function parameters(changes: (random: Random, draft: Draft) => Partial<Draft['parameters']>): Bend {
  return (draft, random) => ({ ...draft, parameters: { ...draft.parameters, ...changes(random, draft) } });
}

function keySet(...keys: readonly string[]): cbor.Cbor {
  return cbor.set(keys.map((key) => cbor.bytes(cbor.hex(key))));
}

/** Pays an output of exactly the least that it may hold, or a lovelace less. */
const atLeastUtxo: Bend = (draft, random) => {
  const { transaction, parameters: own } = inputOf(draft);
  const [paid] = transaction.outputs;
  if (paid === undefined) return draft;
  const least = minimumLovelace(paid, own);
  const moved = (draft.spec.outputs[0] as Plain).lovelace - least + BigInt(random.int(0, 1));
  return {
    ...draft,
    spec: {
      ...draft.spec,
      outputs: draft.spec.outputs.map((output, at) => {
        if (output instanceof Uint8Array || at > 1) return output;
        return { ...output, lovelace: at === 0 ? output.lovelace - moved : output.lovelace + moved };
      }),
    },
  };
};

/** Flips a bit somewhere in the signatures, whose field comes first in the witness set. */
const garbledSignature: Bend = (draft, random) => ({
  ...draft,
  garble: (bytes) => {
    const garbled = Uint8Array.from(bytes);
    const key = Buffer.from(bytes).indexOf(Buffer.from(PAYER.publicKey));
    // Behind the key and the head of the signature.
    const at = key + 34 + random.int(0, 63);
    if (key >= 0) garbled[at] = (garbled[at] ?? 0) ^ (1 << random.int(0, 7));
    return garbled;
  },
});

const SMALL_ORDER = cbor.array([
  cbor.bytes(cbor.hex(`01${'00'.repeat(31)}`)),
  cbor.bytes(cbor.hex(`01${'00'.repeat(63)}`)),
]);

const PLUTUS_KEYS = { plutusV1: 3, plutusV2: 6, plutusV3: 7 } as const;

const anotherScript: Bend = spec((written, random) => {
  const language = random.pick(['native', 'plutusV1', 'plutusV2', 'plutusV3'] as const);
  const key = language === 'native' ? 1 : PLUTUS_KEYS[language];
  const script =
    language === 'native' ? nativeScript(random) : cbor.bytes(plutusScript(language, 1, random).bytes);
  return { ...written, witnesses: { ...written.witnesses, [key]: cbor.set([script]) } };
});

/** Changes a byte of a field of the witness set. */
function flipped(...keys: readonly number[]): Bend {
  return spec((written, random) => {
    const key = random.pick(keys);
    const field = written.witnesses?.[key];
    if (field === undefined) return written;
    const bent = Uint8Array.from(field);
    bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
    return { ...written, witnesses: { ...written.witnesses, [key]: bent } };
  });
}

const another = (name: string) => unspentOutput(name, {}, 5_000_000n);

function collateral(outputs: readonly ReturnType<typeof another>[]): Bend {
  return (draft) => ({
    ...draft,
    unspent: [...draft.unspent, ...outputs],
    spec: {
      ...draft.spec,
      body: { ...draft.spec.body, 13: cbor.set(outputs.map(({ outRef }) => outRefCbor(outRef))) },
    },
  });
}

function returned(amount: bigint, assets?: cbor.Cbor): cbor.Cbor {
  const value = assets === undefined ? cbor.int(amount) : cbor.array([cbor.int(amount), assets]);
  return cbor.map([
    [cbor.int(0), cbor.bytes(PAYER.addressBytes(0))],
    [cbor.int(1), value],
  ]);
}

const redeemersOfAnyKind: Bend = spec((written, random) => {
  const budget = cbor.array([
    cbor.int(random.pick([0, 10_000, 20_000_000])),
    cbor.int(random.pick([0, 10_000_000, 20_000_000_000])),
  ]);
  const pointer = [cbor.int(random.int(0, 3)), cbor.int(random.int(0, 3))];
  const entry = [cbor.array(pointer), cbor.array([cbor.int(1), budget])] as const;
  return { ...written, witnesses: { ...written.witnesses, 5: cbor.map([entry]) } };
});

export const BENDS = {
  'the fee is bent': spec((written, random) => movedIntoFee(BigInt(random.int(-2, 1)), written)),
  'the fee is far too small': spec((written) => movedIntoFee(170_000n - written.fee, written)),
  'the change is bent': change((output, random) => ({
    ...output,
    lovelace: output.lovelace + BigInt(random.pick([-1, 1, 3, 1_000_000])),
  })),
  'a token is bent': change((output, random) => ({
    ...output,
    assets: random.chance(0.5)
      ? (output.assets ?? []).slice(1)
      : (output.assets ?? []).map(([policy, name, quantity]) => [policy, name, quantity + 1n] as const),
  })),
  'a token comes from nowhere': change((output) => ({
    ...output,
    assets: [...(output.assets ?? []), ['ff'.repeat(28), '01', 1n]],
  })),
  'an output is dropped': spec((written) => ({ ...written, outputs: written.outputs.slice(0, -1) })),
  'the TTL is bent': spec(({ ttl: _, ...written }, random, { slot }) =>
    random.chance(0.2) ? written : { ...written, ttl: slot + random.pick([-500, -1, 0, 1, 2]) },
  ),
  'the validity start is bent': body((random, { slot }) => ({
    8: cbor.int(slot + random.pick([-1, 0, 1, 500])),
  })),
  'witnesses are missing': spec((written, random) => ({
    ...written,
    signers: random.chance(0.5) ? [] : (written.signers ?? []).slice(1),
  })),
  'a stranger signs instead': spec((written) => ({ ...written, signers: [STRANGER] })),
  'a stranger signs too': spec((written) => ({
    ...written,
    signers: [...(written.signers ?? []), STRANGER],
  })),
  'a witness is there twice': spec((written) => ({
    ...written,
    signers: [...(written.signers ?? []), ...(written.signers ?? [])],
  })),
  'a signature is garbled': garbledSignature,
  'signatures are over other bytes': spec((written) => ({ ...written, signedMessage: new Uint8Array(32) })),
  'a key is of small order': spec((written) => ({
    ...written,
    signers: [],
    witnesses: {
      ...written.witnesses,
      0: cbor.set([SMALL_ORDER, cbor.array([cbor.bytes(PAYER.publicKey), cbor.bytes(new Uint8Array(64))])]),
    },
  })),
  'the network in the body is bent': body((random) => ({ 15: cbor.int(random.int(0, 1)) })),
  'an output is on another network': spec((written) => ({
    ...written,
    outputs: written.outputs.map((output, at) =>
      at === 0 && !(output instanceof Uint8Array) ? { ...output, address: PAYER.addressBytes(1) } : output,
    ),
  })),
  'an input is there twice': spec((written) => ({
    ...written,
    inputs: [...written.inputs, ...written.inputs.slice(0, 1)],
  })),
  'an output that it names is not there': (draft, random) => ({
    ...draft,
    unspent: draft.unspent.toSpliced(random.int(0, draft.unspent.length - 1), 1),
  }),
  'there are no inputs': spec((written) => ({ ...written, inputs: [] })),
  'one more is spent': spec((written) => ({
    ...written,
    inputs: [...written.inputs, another('more').outRef],
  })),
  'a stranger’s output is spent': (draft) => {
    const output = unspentOutput('of a stranger', { address: STRANGER.address(0) });
    return {
      ...draft,
      unspent: [...draft.unspent, output],
      spec: {
        ...draft.spec,
        inputs: [...draft.spec.inputs, output.outRef],
        outputs: [...draft.spec.outputs, { address: PAYER.addressBytes(0), lovelace: output.lovelace }],
      },
    };
  },
  'an input is referenced too': body((_, draft) => ({
    18: cbor.set(draft.spec.inputs.slice(0, 1).map((ref) => outRefCbor(ref))),
  })),
  'collateral is missing': without('body', 13),
  'collateral is a stranger’s': collateral([
    unspentOutput('collateral of a stranger', { address: STRANGER.address(0) }),
  ]),
  'collateral holds a token': (draft, random) =>
    collateral([
      unspentOutput('collateral with a token', {
        assets: new Map([[nativeAssetId(TOKEN_POLICY, '01'), 3n]]),
      }),
    ])(draft, random),
  'collateral is guarded by a script': (draft, random) =>
    collateral([
      unspentOutput('guarded collateral', { address: plutusScript('plutusV3', 1, random).address }),
    ])(draft, random),
  'there is much collateral': (draft, random) =>
    collateral(Array.from({ length: random.int(2, 5) }, (_, at) => another(`much ${at}`)))(draft, random),
  'collateral is at its least': (draft, random) => {
    const { spec: written, parameters: own } = draft;
    const needed = (written.fee * BigInt(own.collateralPercentage) + 99n) / 100n;
    const held = withLovelace(another('exact collateral'), needed - BigInt(random.int(0, 1)));
    const { 16: _, 17: __, ...rest } = written.body ?? {};
    return collateral([held])({ ...draft, spec: { ...written, body: rest } }, random);
  },
  'the total collateral is bent': body((random) => ({
    17: cbor.int(random.pick([0, 5, 5_000_000, 10_000_000])),
  })),
  'the collateral return is bent': body((random) => ({
    16: random.pick([
      returned(500_000n),
      returned(4_000_000n),
      returned(20_000_000n),
      returned(
        2_000_000n,
        cbor.map([
          [cbor.bytes(cbor.hex(TOKEN_POLICY)), cbor.map([[cbor.bytes(cbor.hex('01')), cbor.int(3)]])],
        ]),
      ),
    ]),
  })),
  'datums are missing': without('witnesses', 4),
  'datums are bent': flipped(4),
  'a datum is shown that nothing asks for': spec((written) => ({
    ...written,
    witnesses: { ...written.witnesses, 4: cbor.set([cbor.int(7)]) },
  })),
  'redeemers are missing': without('witnesses', 5),
  'redeemers are bent': flipped(5),
  'redeemers are others': redeemersOfAnyKind,
  'the integrity hash is missing': without('body', 11),
  'the integrity hash is another': body(() => ({ 11: cbor.bytes(new Uint8Array(32)) })),
  'a script is missing': without('witnesses', 1, 3, 6, 7),
  'another script is shown': anotherScript,
  'a script holds no program': spec((written, random) => ({
    ...written,
    witnesses: {
      ...written.witnesses,
      [random.pick([3, 6, 7])]: cbor.set([
        cbor.bytes(cbor.hex(random.pick(['4101', '420102', '0102', '46010100249901']))),
      ]),
    },
  })),
  'an output carries no program': spec((written) => ({
    ...written,
    outputs: [
      ...written.outputs,
      {
        address: PAYER.addressBytes(0),
        lovelace: 0n,
        extra: [[3, cbor.tag(24, cbor.bytes(cbor.array([cbor.int(3), cbor.bytes(cbor.hex('0102'))])))]],
      },
    ],
  })),
  'an output holds the least': atLeastUtxo,
  'an output goes to a large Byron address': change((output, random) => ({
    ...output,
    address: byronAddressOf(FRIEND, 0, random.pick([0, 20, 70])).bytes,
  })),
  'auxiliary data is not named': spec((written) => {
    const { auxiliaryData = cbor.map([]), ...rest } = written;
    return { ...rest, auxiliaryData, body: { ...written.body, 7: cbor.bytes(new Uint8Array(32)) } };
  }),
  'auxiliary data is missing': body(() => ({ 7: cbor.bytes(new Uint8Array(32)) })),
  'auxiliary data holds no program': spec((written) => ({
    ...written,
    auxiliaryData: cbor.tag(259, cbor.map([[cbor.int(4), cbor.array([cbor.bytes(cbor.hex('0102'))])]])),
  })),
  'signers are demanded': body((random) => ({
    14: random.pick([
      keySet(PAYER.keyHash),
      keySet(STRANGER.keyHash),
      keySet(PAYER.keyHash, PAYER.keyHash),
      keySet(PAYER.keyHash, FRIEND.keyHash),
    ]),
  })),
  'sets are untagged': spec((written) => ({
    ...written,
    encoding: { ...written.encoding, sets: 'untagged' },
  })),
  'heads are long': spec((written) => ({ ...written, encoding: { ...written.encoding, heads: 8 } })),
  'lengths are indefinite': spec((written) => ({
    ...written,
    encoding: { ...written.encoding, length: 'indefinite' },
  })),
  'the phase-2 flag is false': spec((written) => ({ ...written, isValid: cbor.FALSE })),
  'it donates': body(() => ({ 22: cbor.int(1) })),
  'the largest transaction is about as large': parameters((random, draft) => ({
    maxTransactionBytes: inputOf(draft).transaction.ledgerSize + random.int(-1, 1),
  })),
  'the largest value is small': parameters((random) => ({ maxValueBytes: random.pick([5, 9, 46, 80]) })),
  'little collateral is allowed': parameters((random) => ({ maxCollateralInputs: random.int(0, 1) })),
  'much collateral is demanded': parameters(() => ({ collateralPercentage: 100_000 })),
  'outputs cost more': parameters(() => ({ coinsPerUtxoByte: 20_000n })),
  'the least fee is about as large': parameters((random, draft) => ({
    minFeeConstant:
      draft.parameters.minFeeConstant + draft.spec.fee - minimumFeeOf(draft) + BigInt(random.int(-1, 1)),
  })),
  'reference scripts cost more': parameters((random) => ({
    referenceScriptCostPerByte: { numerator: BigInt(random.int(0, 1000)), denominator: 1n },
  })),
  'cost models are others': parameters((random, { parameters: { costModels } }) => {
    const { plutusV3 } = costModels;
    return plutusV3 === undefined
      ? {}
      : { costModels: { ...costModels, plutusV3: plutusV3.with(random.int(0, 200), 1) } };
  }),
  'there are no cost models': parameters(() => ({ costModels: {} })),
  'scripts may spend little': parameters((random) => ({
    maxTransactionExecutionUnits: random.pick([
      { memory: 1n, steps: 1n },
      { memory: 600_000n, steps: 300_000_000n },
      { memory: 599_999n, steps: 300_000_000n },
    ]),
  })),
  'few reference scripts are allowed': parameters((random) => ({
    maxReferenceScriptBytes: random.int(10, 60),
  })),
  'it has three parts': (draft, random) => ({
    ...draft,
    parameters: { ...draft.parameters, protocolVersion: { major: random.int(11, 12), minor: 0 } },
    // Its last two parts are one byte each.
    garble: (bytes) =>
      bytes[0] === 0x84 && bytes.at(-1) === 0xf6
        ? Uint8Array.from([0x83, ...bytes.subarray(1, -2), 0xf6])
        : bytes,
  }),
  'a redeemer is there twice': (draft, random) => {
    const redeemers = draft.spec.witnesses?.[5];
    // The only entry of a list, or of a map: the head, the pointer's three bytes, and the content.
    const [head, , tag = 0, index = 0] = redeemers ?? [];
    const entries = {
      129: redeemers?.subarray(1),
      161: Uint8Array.from([0x84, tag, index, ...(redeemers?.subarray(5) ?? [])]),
    };
    const entry = head === 129 || head === 161 ? entries[head] : undefined;
    if (entry === undefined) return draft;
    const { parameters: own, spec: written } = draft;
    return {
      ...draft,
      parameters: { ...own, protocolVersion: { major: random.int(11, 12), minor: 0 } },
      spec: { ...written, witnesses: { ...written.witnesses, 5: cbor.array([entry, entry]) } },
    };
  },
  'a witness is yet to come': (draft) => ({
    ...draft,
    expectedSigners: [PAYER.keyHash],
    spec: { ...draft.spec, signers: (draft.spec.signers ?? []).filter((signer) => signer !== PAYER) },
  }),
  'a Plutus script is nested deep': spec((written, random) => ({
    ...written,
    witnesses: {
      ...written.witnesses,
      7: cbor.set([cbor.bytes(cbor.bytes(cbor.hex(`01010025${'15'.repeat(random.int(10, 9_000))}1601`)))]),
    },
  })),
  'the protocol version is another': parameters((random) => ({
    protocolVersion: { major: random.pick([9, 10, 11]), minor: 0 },
  })),
  'a native script lies in the way': spec((written, random) => ({
    ...written,
    witnesses: { ...written.witnesses, 1: cbor.set([scriptOf('native', nativeScript(random)).bytes]) },
  })),
  'outputs that it names change places': (draft, random) => ({
    ...draft,
    spec: {
      ...draft.spec,
      inputs: random.chance(0.5)
        ? draft.spec.inputs.toReversed()
        : draft.spec.inputs.toSorted((one, other) => (outRefKey(one) < outRefKey(other) ? -1 : 1)),
    },
  }),
} as const satisfies Readonly<Record<string, Bend>>;

function minimumFeeOf(draft: Draft): bigint {
  const input = inputOf(draft);
  const known = input.transaction.inputs.every((ref) => input.outputs.has(outRefKey(ref)));
  return known ? minimumFee(input) : draft.spec.fee;
}
