import { createPrivateKey, sign } from 'node:crypto';
import { LOVELACE, nativeAssetId, toHex } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as cbor from '../../support/cbor-writer.js';
import { constantsOf, datumCbor, datumOf, SCRIPT_HASH } from '../../support/channels/outputs.js';
import { CHANNEL_TOKEN } from '../../support/channels/parties.js';
import {
  type ChannelRedeemer,
  channelIdOf,
  encodePlutusData,
  iouMessage,
  isSignedIou,
  MAX_IOU,
  readDatum,
  readRedeemer,
  redeemerData,
  reserveOf,
  type Stage,
  type Step,
} from '../../support/internals.js';
import { addressBytes } from '../../support/wallet.js';
import { txHash } from '../../support/world.js';

/** The binding's own vector. */
const VECTOR = {
  seed: '07'.repeat(32),
  key: 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c',
  tag: '11'.repeat(32),
  amount: 203_000n,
  message: `9f5820${'11'.repeat(32)}1a000318f8ff`,
  signature:
    'd09aac1f109a70db6328acec3e83d01f9d894d6bab248b03e8689ac3818526582426262cbd8c14ec2d763696910748159405ff38ee3d049c1a3954ddfa073a08',
};

describe('IOUs', () => {
  const { tag, amount } = VECTOR;

  test('the binding’s vector: message, signature and key', () => {
    const key = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      cbor.hex(VECTOR.seed),
    ]);
    const message = iouMessage({ tag, amount });
    expect(toHex(message)).toBe(VECTOR.message);
    const signature = sign(null, message, createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    expect(toHex(signature)).toBe(VECTOR.signature);
    expect(isSignedIou({ tag, amount }, VECTOR.key, VECTOR.signature)).toBe(true);
  });

  test.each<[string, { tag?: string; amount?: bigint }, { key?: string; signature?: string }]>([
    ['another amount', { amount: amount + 1n }, {}],
    ['another tag', { tag: '12'.repeat(32) }, {}],
    ['another key', {}, { key: '22'.repeat(32) }],
    ['one bit of the signature', {}, { signature: VECTOR.signature.replace('d09a', 'd09b') }],
    ['a short signature', {}, { signature: VECTOR.signature.slice(2) }],
  ])('%s is not signed', (_, iou, { key = VECTOR.key, signature = VECTOR.signature }) => {
    expect(isSignedIou({ tag, amount, ...iou }, key, signature)).toBe(false);
  });

  test.each([
    [0n, '00'],
    [23n, '17'],
    [24n, '1818'],
    [255n, '18ff'],
    [256n, '190100'],
    [65_536n, '1a00010000'],
    [2n ** 32n, '1b0000000100000000'],
    [MAX_IOU, '1bffffffffffffffff'],
  ])('the amount %s is written in the shortest form', (value, hex) => {
    expect(toHex(iouMessage({ tag, amount: value }))).toBe(`9f5820${tag}${hex}ff`);
  });

  test.each([-1n, MAX_IOU + 1n])('the amount %s is of no IOU', (value) => {
    expect(() => iouMessage({ tag, amount: value })).toThrow(RangeError);
  });

  test('the message is what the ledger serialises', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.bigInt({ min: 0n, max: MAX_IOU }),
        (bytes, value) => {
          const items = [
            { kind: 'bytes', value: bytes },
            { kind: 'int', value },
          ] as const;
          expect(iouMessage({ tag: toHex(bytes), amount: value })).toEqual(
            new Uint8Array(encodePlutusData({ kind: 'list', items })),
          );
        },
      ),
    );
  });
});

test('a channel’s id is the hash of an input as transactions write it', () => {
  const outRef = { txHash: txHash('input'), index: 300 };
  const written = cbor.array([cbor.bytes(cbor.hex(outRef.txHash)), cbor.int(300)]);
  expect(toHex(written)).toMatch(/^825820[0-9a-f]{64}19012c$/);
  expect(channelIdOf(outRef)).toMatch(/^[0-9a-f]{64}$/);
  expect(channelIdOf(outRef)).not.toBe(channelIdOf({ ...outRef, index: 301 }));
});

const STAGES: readonly Stage[] = [
  { kind: 'opened', subbed: 0n },
  { kind: 'closed', subbed: 5n, elapseAtMs: 1_800_000_000_000n },
  { kind: 'settled' },
];

describe('datums', () => {
  test.each(STAGES)('$kind is read as it was written, in ADA and a token', (stage) => {
    for (const currency of [LOVELACE, CHANNEL_TOKEN, nativeAssetId('ab'.repeat(28), '')]) {
      const datum = datumOf(constantsOf({ currency }), stage);
      expect(readDatum(datumCbor(datum))).toEqual({ ok: true, value: datum });
    }
  });

  test('an open channel of ADA has these bytes', () => {
    const { tag, iouKey, consumer, provider } = constantsOf();
    const constants = `9f5820${tag}d879805820${iouKey}581c${consumer}581c${provider}1a000dbba0ff`;
    expect(toHex(datumCbor(datumOf(constantsOf(), { kind: 'opened', subbed: 0n })))).toBe(
      `9f581c${SCRIPT_HASH}${constants}d8799f00ffff`,
    );
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readDatum(bytes).ok).toBe(false);
        readRedeemer(bytes);
      }),
    );
  });
});

describe('redeemers', () => {
  const iou = { owed: 203_000n, signature: VECTOR.signature };
  const steps: readonly Step[] = [
    { kind: 'add' },
    { kind: 'sub', ...iou },
    { kind: 'close' },
    { kind: 'settle', ...iou },
    { kind: 'end' },
    { kind: 'elapse' },
  ];
  const redeemers: readonly ChannelRedeemer[] = [
    { kind: 'defer' },
    { kind: 'mutual' },
    { kind: 'main', steps },
  ];

  test.each(redeemers)('$kind is read as it was written', (redeemer) => {
    expect(readRedeemer(encodePlutusData(redeemerData(redeemer)))).toEqual({ ok: true, value: redeemer });
  });

  test.each([
    ['Defer', { kind: 'defer' }, 'd87980'],
    ['Mutual', { kind: 'mutual' }, 'd87b80'],
    ['Main([Add])', { kind: 'main', steps: [{ kind: 'add' }] }, 'd87a9f9fd8799fd87980ffffff'],
    ['Main([Close])', { kind: 'main', steps: [{ kind: 'close' }] }, 'd87a9f9fd8799fd87b80ffffff'],
    ['Main([End])', { kind: 'main', steps: [{ kind: 'end' }] }, 'd87a9f9fd87a9fd87980ffffff'],
    ['Main([Elapse])', { kind: 'main', steps: [{ kind: 'elapse' }] }, 'd87a9f9fd87a9fd87a80ffffff'],
  ] as const)('%s has these bytes', (_, redeemer, hex) => {
    expect(toHex(encodePlutusData(redeemerData(redeemer as ChannelRedeemer)))).toBe(hex);
  });

  test.each(['d87980ff', '00', 'd87c80', 'd8799f00ff', 'd87a80', 'd87a9f00ff', 'd87a9f9fd8799f00ffffff'])(
    '%s is none',
    (hex) => {
      expect(readRedeemer(cbor.hex(hex)).ok).toBe(false);
    },
  );
});

describe('the reserve', () => {
  const at = { coinsPerUtxoByte: 4310n };
  const addressOf = (stake = '') =>
    stake === ''
      ? addressBytes(0x70, cbor.hex(SCRIPT_HASH))
      : addressBytes(0x10, cbor.hex(SCRIPT_HASH), cbor.hex(stake));
  const reserve = (currency = LOVELACE, stake?: string) =>
    reserveOf(
      {
        addressBytes: addressOf(stake),
        datum: { ownHash: SCRIPT_HASH, constants: constantsOf({ currency }) },
      },
      at,
    );

  test('what the binding’s author measured on preprod: 1.73 ADA, and 2.133450 for a token of nine letters', () => {
    expect(reserve()).toBe(1_732_620n);
    expect(reserve(CHANNEL_TOKEN)).toBe(2_133_450n);
  });

  test('a longer address and a longer name need more', () => {
    expect(reserve(LOVELACE, 'ab'.repeat(28))).toBe(1_732_620n + 28n * 4310n);
    expect(reserve(nativeAssetId('ab'.repeat(28), '00'.repeat(32)))).toBeGreaterThan(reserve(CHANNEL_TOKEN));
  });
});
