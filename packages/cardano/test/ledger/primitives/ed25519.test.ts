import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyEd25519 } from '../../../src/ledger/primitives/ed25519.js';
import { hex } from '../../support/cbor-writer.js';
import { walletOf } from '../../support/wallet.js';

const WALLET = walletOf('signer');

test('a signature is valid for its key and message only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(63), (message, at) => {
      const signature = WALLET.sign(message);
      expect(verifyEd25519(WALLET.publicKey, message, signature)).toBe(true);
      const bent = Uint8Array.from(signature, (byte, index) => (index === at ? byte ^ 4 : byte));
      expect(verifyEd25519(WALLET.publicKey, message, bent)).toBe(false);
      expect(verifyEd25519(WALLET.publicKey, Uint8Array.from([...message, 0]), signature)).toBe(false);
      expect(verifyEd25519(walletOf('other').publicKey, message, signature)).toBe(false);
    }),
    { numRuns: 30 },
  );
});

/** The points of small order, and encodings that are not canonical, as libsodium's `has_small_order` lists them. */
test.each([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])('a key or nonce %s is refused, with either sign', (point) => {
  const message = new Uint8Array(32);
  const zero = '00'.repeat(32);
  for (const sign of [0x00, 0x80]) {
    const weak = hex(point);
    weak[31] = (weak[31] ?? 0) | sign;
    const identity = hex(`01${'00'.repeat(31)}${zero}`);
    expect(verifyEd25519(weak, message, identity)).toBe(false);
    const signature = Uint8Array.from([...weak, ...WALLET.sign(message).subarray(32)]);
    expect(verifyEd25519(WALLET.publicKey, message, signature)).toBe(false);
  }
});

test('inputs of a wrong length are no signature', () => {
  const message = new Uint8Array(32);
  const signature = WALLET.sign(message);
  expect(verifyEd25519(WALLET.publicKey.subarray(1), message, signature)).toBe(false);
  expect(verifyEd25519(WALLET.publicKey, message, signature.subarray(1))).toBe(false);
  expect(verifyEd25519(new Uint8Array(), message, new Uint8Array())).toBe(false);
});
