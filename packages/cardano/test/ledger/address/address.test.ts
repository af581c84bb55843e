import { addressOf, parseAddress, parseShelleyAddress } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byronAddressOf } from '../../support/byron.js';
import { hex } from '../../support/cbor-writer.js';
import { addressBytes, addressText, walletOf } from '../../support/wallet.js';

/** CIP-19, "Test vectors": one key and one script, in every form that holds an output. */
const PAYMENT_KEY = '9493315cd92eb5d8c4304e67b7e16ae36d61d34502694657811a2c8e';
const STAKE_KEY = '337b62cfff6403a06a3acbc34f8c46003c69fe79a3628cefa9c47251';
const SCRIPT = 'c37b1b5dc0669f1d3c61a6fddb2e8fde96be87b881c60bce8e8d542f';

test.each([
  [
    'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x',
    { networkId: 1, payment: { kind: 'key', hash: PAYMENT_KEY }, stake: { kind: 'key', hash: STAKE_KEY } },
  ],
  [
    'addr1z8phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gten0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgs9yc0hh',
    { networkId: 1, payment: { kind: 'script', hash: SCRIPT }, stake: { kind: 'key', hash: STAKE_KEY } },
  ],
  [
    'addr1yx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerkr0vd4msrxnuwnccdxlhdjar77j6lg0wypcc9uar5d2shs2z78ve',
    { networkId: 1, payment: { kind: 'key', hash: PAYMENT_KEY }, stake: { kind: 'script', hash: SCRIPT } },
  ],
  [
    'addr1gx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer5pnz75xxcrzqf96k',
    { networkId: 1, payment: { kind: 'key', hash: PAYMENT_KEY }, stake: { kind: 'pointer' } },
  ],
  [
    'addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz',
    { networkId: 0, payment: { kind: 'key', hash: PAYMENT_KEY } },
  ],
  [
    'addr_test1wrphkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gtcl6szpr',
    { networkId: 0, payment: { kind: 'script', hash: SCRIPT } },
  ],
])('%s is taken apart as CIP-19 says', (text, expected) => {
  const address = parseShelleyAddress(text);
  expect(address).toMatchObject({ ok: true, value: { kind: 'shelley', text, ...expected } });
});

test.each([
  ['Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi', 1],
  [
    '37btjrVyb4KDXBNC4haBVPCrro8AQPHwvCMp3RFhhSVWwfFmZ6wwzSK6JK1hY6wHNmtrpTf1kdbva8TCneM2YsiXT7mrzT21EacHnPpz5YyUdj64na',
    0,
  ],
] as const)('the Byron address %s belongs to network %i', (text, networkId) => {
  expect(parseAddress(text)).toMatchObject({ ok: true, value: { kind: 'byron', text, networkId } });
});

test('a Byron address with a changed byte fails its checksum', () => {
  const { bytes } = byronAddressOf(walletOf('payer'), 1);
  const changed = Uint8Array.from(bytes, (byte, at) => (at === 20 ? byte ^ 1 : byte));
  expect(addressOf(changed)).toEqual({ ok: false, error: expect.stringContaining('checksum') });
});

test.each([
  ['no bytes', ''],
  ['a header alone', '60'],
  ['a base address with one hash', `00${PAYMENT_KEY}`],
  ['an enterprise address with a byte too many', `60${PAYMENT_KEY}00`],
  ['a pointer that is cut short', `40${PAYMENT_KEY}0102`],
  ['a pointer with a byte too many', `40${PAYMENT_KEY}01020304`],
  ['a pointer to a slot beyond 32 bits', `40${PAYMENT_KEY}908080800001${'02'}`],
  ['a network that does not exist', `62${PAYMENT_KEY}`],
  ['a stake address', `e0${STAKE_KEY}`],
  ['a type that does not exist', `90${PAYMENT_KEY}`],
])('%s is not an address', (_, bytes) => {
  expect(addressOf(hex(bytes))).toEqual({ ok: false, error: expect.any(String) });
});

test('a prefix that disagrees with the network id is refused', () => {
  // bech32 of the same bytes under the other prefix.
  const mainnet = addressText(addressBytes(0x61, hex(PAYMENT_KEY)));
  expect(parseShelleyAddress(mainnet.replace(/^addr/, 'addr_test'))).toEqual({
    ok: false,
    error: expect.any(String),
  });
});

test('upper case means the same address, mixed case none', () => {
  const text = addressText(addressBytes(0x60, hex(PAYMENT_KEY)));
  expect(parseShelleyAddress(text.toUpperCase())).toMatchObject({ ok: true, value: { text } });
  expect(parseShelleyAddress(`A${text.slice(1)}`)).toEqual({ ok: false, error: expect.any(String) });
});

test('parsing never throws on any text or bytes', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), fc.uint8Array({ maxLength: 80 }), (text, bytes) => {
      parseAddress(text);
      parseAddress(`addr1${text}`);
      addressOf(bytes);
    }),
  );
});
