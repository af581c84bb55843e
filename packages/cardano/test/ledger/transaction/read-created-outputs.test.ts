import {
  blake2b256,
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
  nativeAssetId,
  parseAddress,
  readCreatedOutputs,
  toHex,
} from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byronAddressOf } from '../../support/byron.js';
import * as cbor from '../../support/cbor-writer.js';
import { PAYER } from '../../support/payment.js';
import { ALWAYS_SUCCEEDS } from '../../support/plutus.js';
import { transactionOf, unwrap } from '../../support/unwrap.js';

const POLICY = 'ab'.repeat(28);
const TOKEN = nativeAssetId(POLICY, '01');
const ADDRESS = cbor.bytes(PAYER.addressBytes(1));
const HASH = new Uint8Array(32).fill(9);
const INPUTS = cbor.array([cbor.array([cbor.bytes(HASH), cbor.int(0)])]);
const WITNESSES = cbor.map([[cbor.int(0), cbor.array([])]]);

/** A transaction of an era since Shelley. */
function transaction(
  outputs: readonly cbor.Cbor[],
  rest: readonly cbor.Cbor[] = [WITNESSES, cbor.NULL],
  fields: readonly (readonly [cbor.Cbor, cbor.Cbor])[] = [],
) {
  const body = cbor.map([
    [cbor.int(0), INPUTS],
    [cbor.int(1), cbor.array(outputs)],
    [cbor.int(2), cbor.int(170_000)],
    ...fields,
  ]);
  return { bytes: cbor.array([body, ...rest]), id: toHex(blake2b256(body)) };
}

function outputsOf(bytes: Uint8Array, isValid = true) {
  return unwrap(readCreatedOutputs(bytes, isValid)).outputs;
}

/** The one output of a transaction in the form of Shelley to Mary. */
function oneOutput(output: cbor.Cbor): ChainOutput | undefined {
  return outputsOf(transaction([output]).bytes)[0];
}

function faultOf(bytes: Uint8Array): string {
  const found = readCreatedOutputs(bytes, true);
  return found.ok ? 'read' : found.error;
}

const value = (policies: readonly (readonly [cbor.Cbor, cbor.Cbor])[]) =>
  cbor.array([cbor.int(2_000_000), cbor.map(policies)]);
const policy = cbor.bytes(cbor.hex(POLICY));
const name = cbor.bytes(Uint8Array.of(1));

/** Transactions of mainnet: parts that are signed or shown are left out where the id does not need them. */
const MAINNET = {
  byron:
    '839f8200d8185824825820da832fb5ef57df5b91817e9a7448d26e92552afb34f8ee5adb491b24bbe990d50eff9f8282d818584283581cdac5d9464c2140aeb0e3b6d69f0657e61f51e0c259fe19681ed268e8a101581e581c2b5a44277e3543c08eae5d9d9d1146f43ba009fea6e285334f2549be001ae69c4d201b0000000172a84e408282d818584283581c2b8e5e0cb6495ec275872d1340b0581613b04a49a3c6f2f760ecaf95a101581e581cca3e553c9c63c5b66689e943ce7dad7d560ae84d7c2eaf21611c024c001ad27c159a1b00000003355d95efffa0',
  alonzo:
    'a6008182582041d04edf6101abfc6d6f380e56f370580ec4df637b1883775aba62b8e37c7fc5010d80018282581d612e137a27a74aca6caff726fb9da65c371ad2d7f1cc8645648fcc11d11a05f8ddbe825839019af439b9b98b0e5d565f86382c31b6103a5cf63851d5b571a4d4571d7bdb37706cd03711fe64747f8cfcfd574c7445cc0378781e77a8cc001a56624ebb021a00028f6d031a02a31c410e80',
};

test.each([
  ['as a block holds it', (signed: Uint8Array) => cbor.array([signed, cbor.array([])])],
  ['alone, as an indexer may keep it', (signed: Uint8Array) => signed],
])('Byron, on mainnet, %s', (_, wrapped) => {
  const found = unwrap(readCreatedOutputs(wrapped(cbor.hex(MAINNET.byron)), true));
  expect(found.id).toBe('a06e5a0150e09f8983be2deafab9e04afc60d92e7110999eb672c903343f1e26');
  expect(found.outputs.map(({ lovelace, assets }) => [lovelace, assets.size])).toEqual([
    [6_218_600_000n, 0],
    [13_780_227_567n, 0],
  ]);
  for (const { address } of found.outputs)
    expect(parseAddress(address)).toMatchObject({ ok: true, value: { kind: 'byron', networkId: 1 } });
});

test('Alonzo, on mainnet', () => {
  const parts = [cbor.hex(MAINNET.alonzo), cbor.map([]), cbor.TRUE, cbor.NULL];
  const found = unwrap(readCreatedOutputs(cbor.array(parts), true));
  expect(found.id).toBe('704b3b9c96f44cd5676e5dcb5dc0bb2555c66427625ccefe620101665da86868');
  expect(found.outputs.map(({ lovelace }) => lovelace)).toEqual([100_195_774n, 1_449_283_259n]);
});

test('Byron: the address of an output is the item itself', () => {
  const { bytes: address } = byronAddressOf(PAYER, 1);
  const signed = cbor.array([
    cbor.array([], 'indefinite'),
    cbor.array([cbor.array([address, cbor.int(7)])], 'indefinite'),
    cbor.map([]),
  ]);
  const found = unwrap(readCreatedOutputs(signed, true));
  const parsed = unwrap(parseAddress(found.outputs[0]?.address ?? ''));
  expect(Buffer.from(parsed.bytes)).toEqual(Buffer.from(address));
  expect(found).toMatchObject({ id: toHex(blake2b256(signed)), outputs: [{ lovelace: 7n }] });
});

test('Shelley and Allegra: three parts, coins and Byron addresses', () => {
  const byron = byronAddressOf(PAYER, 0);
  const { bytes, id } = transaction(
    [cbor.array([ADDRESS, cbor.int(1_000_000)]), cbor.array([cbor.bytes(byron.bytes), cbor.int(2)])],
    [cbor.map([]), cbor.map([[cbor.int(1), cbor.text('metadata')]])],
  );
  expect(outputsOf(bytes)).toMatchObject([
    { outRef: { txHash: id, index: 0 }, address: PAYER.address(1), lovelace: 1_000_000n },
    { outRef: { txHash: id, index: 1 }, lovelace: 2n },
  ]);
});

test('Mary: three parts and tokens, and what was written of none', () => {
  const none = cbor.map([[name, cbor.int(0)]]);
  const some = cbor.map([
    [name, cbor.int(5)],
    [cbor.bytes(new Uint8Array()), cbor.int(0)],
  ]);
  const other = cbor.bytes(new Uint8Array(28));
  const held = (policies: Parameters<typeof value>[0]) =>
    oneOutput(cbor.array([ADDRESS, value(policies)]))?.assets;
  expect(held([[policy, some]])).toEqual(new Map([[TOKEN, 5n]]));
  expect(
    held([
      [policy, some],
      [other, none],
    ]),
  ).toEqual(new Map([[TOKEN, 5n]]));
  expect(held([[other, cbor.map([])]])).toEqual(new Map());
  expect(held([])).toEqual(new Map());
});

test('Alonzo: four parts and the hash of a datum in the array', () => {
  const output = cbor.array([ADDRESS, cbor.int(3), cbor.bytes(HASH)]);
  for (const flag of [cbor.TRUE, cbor.FALSE]) {
    const { bytes } = transaction([output], [WITNESSES, flag, cbor.NULL]);
    expect(outputsOf(bytes)).toMatchObject([{ lovelace: 3n, datumHash: toHex(HASH) }]);
    // Its scripts failed, and there was no collateral return yet.
    expect(outputsOf(bytes, false)).toEqual([]);
  }
});

test('Babbage: maps, inline datums, reference scripts and a collateral return', () => {
  const deepScript = cbor.concat(
    ...Array.from({ length: 5_000 }, () => cbor.hex('820181')),
    cbor.hex('8204'),
    cbor.int(0),
  );
  const script = (language: number, content: cbor.Cbor) =>
    [cbor.int(3), cbor.tag(24, cbor.bytes(cbor.array([cbor.int(language), content])))] as const;
  const output = (...more: readonly (readonly [cbor.Cbor, cbor.Cbor])[]) =>
    cbor.map([[cbor.int(0), ADDRESS], [cbor.int(1), cbor.int(4)], ...more]);
  const datum = (kind: number, content: cbor.Cbor) =>
    [cbor.int(2), cbor.array([cbor.int(kind), content])] as const;
  const outputs = [
    output(datum(0, cbor.bytes(HASH))),
    // Deeper than the decoder of payments reads.
    output(datum(1, cbor.tag(24, cbor.bytes(cbor.concat(new Uint8Array(500).fill(0x81), cbor.int(0)))))),
    output(script(3, cbor.bytes(ALWAYS_SUCCEEDS.bytes))),
    output(script(0, deepScript)),
  ];
  const { bytes, id } = transaction(outputs, [WITNESSES, cbor.TRUE, cbor.NULL], [[cbor.int(16), output()]]);
  expect(outputsOf(bytes)).toMatchObject([
    { datumHash: toHex(HASH) },
    { inlineDatum: `${'81'.repeat(500)}00` },
    { referenceScript: { language: 'plutusV3', hash: toHex(ALWAYS_SUCCEEDS.hash) } },
    { referenceScript: { language: 'native', bytes: toHex(deepScript) } },
  ]);
  expect(outputsOf(bytes, false)).toMatchObject([{ outRef: { txHash: id, index: 4 }, lovelace: 4n }]);
});

test('Conway and after: what is not an output may be of any form and depth', () => {
  const deep = cbor.concat(new Uint8Array(10_000).fill(0x81), cbor.hex('fb3ff0000000000000'));
  const expected = [{ address: PAYER.address(1), lovelace: 9n }];
  const output = cbor.array([ADDRESS, cbor.int(9)]);
  for (const rest of [
    [deep, deep],
    [deep, cbor.TRUE, deep],
    [deep, deep, cbor.FALSE],
  ])
    expect(outputsOf(transaction([output], rest, [[cbor.int(99), deep]]).bytes)).toMatchObject(expected);
  const chunks = cbor.chunked([PAYER.addressBytes(1).subarray(0, 5), PAYER.addressBytes(1).subarray(5)]);
  expect(oneOutput(cbor.array([chunks, cbor.int(9)]))).toMatchObject(expected[0] ?? {});
});

test('an address that the ledger takes no more has a text that no parser reads', () => {
  const trailing = cbor.bytes(cbor.concat(PAYER.addressBytes(1), Uint8Array.of(0)));
  const found = oneOutput(cbor.array([trailing, cbor.int(9)]));
  expect(found?.address).toMatch(/^addr1/);
  expect(parseAddress(found?.address ?? '').ok).toBe(false);
});

test.each([
  ['the bytes are empty', new Uint8Array()],
  ['a byte follows', cbor.concat(transaction([]).bytes, Uint8Array.of(0))],
  ['there are no parts', cbor.array([])],
  ['the body is an integer', cbor.array([cbor.int(1), WITNESSES, cbor.NULL])],
  ['the body has no outputs', cbor.array([cbor.map([[cbor.int(0), INPUTS]]), WITNESSES, cbor.NULL])],
  ['the body has outputs twice', transaction([], undefined, [[cbor.int(1), cbor.array([])]]).bytes],
  ['the outputs are a map', cbor.array([cbor.map([[cbor.int(1), cbor.map([])]]), WITNESSES, cbor.NULL])],
  [
    'an output has four parts',
    transaction([cbor.array([ADDRESS, cbor.int(1), cbor.bytes(HASH), cbor.NULL])]).bytes,
  ],
  [
    'an output has an unknown field',
    transaction([
      cbor.map([
        [cbor.int(0), ADDRESS],
        [cbor.int(1), cbor.int(1)],
        [cbor.int(4), cbor.int(1)],
      ]),
    ]).bytes,
  ],
  ['an output has no amount', transaction([cbor.map([[cbor.int(0), ADDRESS]])]).bytes],
  ['an address is empty', transaction([cbor.array([cbor.bytes(new Uint8Array()), cbor.int(1)])]).bytes],
  ['a coin is negative', transaction([cbor.array([ADDRESS, cbor.int(-1)])]).bytes],
  ['a coin does not fit 64 bits', transaction([cbor.array([ADDRESS, cbor.tag(2, cbor.bytes(HASH))])]).bytes],
  [
    'a quantity is negative',
    transaction([cbor.array([ADDRESS, value([[policy, cbor.map([[name, cbor.int(-1)]])]])])]).bytes,
  ],
  [
    'a policy is there twice',
    transaction([
      cbor.array([
        ADDRESS,
        value([
          [policy, cbor.map([])],
          [policy, cbor.map([])],
        ]),
      ]),
    ]).bytes,
  ],
  ['a policy is too short', transaction([cbor.array([ADDRESS, value([[name, cbor.map([])]])])]).bytes],
  ['a datum hash is too short', transaction([cbor.array([ADDRESS, cbor.int(1), name])]).bytes],
  [
    'a script is of a language to come',
    transaction([
      cbor.map([
        [cbor.int(0), ADDRESS],
        [cbor.int(1), cbor.int(1)],
        [cbor.int(3), cbor.tag(24, cbor.bytes(cbor.array([cbor.int(4), name])))],
      ]),
    ]).bytes,
  ],
  ['Byron without outputs', cbor.array([cbor.array([INPUTS]), cbor.array([])])],
  [
    'a Byron output with a string as its address',
    cbor.array([
      cbor.array([INPUTS, cbor.array([cbor.array([ADDRESS, cbor.int(1)])]), cbor.map([])]),
      cbor.array([]),
    ]),
  ],
])('%s: there is a fault, and no output', (_, bytes) => {
  expect(faultOf(bytes)).not.toBe('read');
});

test('of what a payment may be, both readers say the same', () => {
  const { bytes } = transaction(
    [
      cbor.array([ADDRESS, value([[policy, cbor.map([[name, cbor.int(5)]])]])]),
      cbor.map([
        [cbor.int(0), ADDRESS],
        [cbor.int(1), cbor.int(6)],
        [cbor.int(3), cbor.tag(24, cbor.bytes(cbor.array([cbor.int(2), cbor.bytes(HASH)])))],
      ]),
    ],
    [cbor.map([]), cbor.TRUE, cbor.NULL],
  );
  expect(decodeTransaction(bytes).ok).toBe(true);
  expect(outputsOf(bytes)).toEqual(createdOutputs(transactionOf(bytes)));
});

test('garbage in place of any part is a fault or nothing that matters, never an exception', () => {
  const { bytes } = transaction([cbor.array([ADDRESS, value([[policy, cbor.map([[name, cbor.int(5)]])]])])]);
  fc.assert(
    fc.property(
      fc.nat(bytes.length - 1),
      fc.uint8Array({ maxLength: 6 }),
      fc.boolean(),
      (at, garbage, isValid) => {
        const bent = cbor.concat(bytes.subarray(0, at), garbage, bytes.subarray(at + garbage.length));
        const found = readCreatedOutputs(bent, isValid);
        if (found.ok) expect(found.value.outputs.length).toBeLessThanOrEqual(bytes.length);
      },
    ),
    { numRuns: 3_000 },
  );
});
