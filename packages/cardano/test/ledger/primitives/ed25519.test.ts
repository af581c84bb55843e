import { createHash, createPublicKey, verify } from 'node:crypto';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { toHex } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { verifyEd25519, verifyEd25519InPool } from '../../../src/ledger/primitives/ed25519.js';
import { verifyWithoutNode } from '../../../src/ledger/primitives/ed25519-portable.js';
import { hex } from '../../support/cbor-writer.js';
import { walletOf } from '../../support/wallet.js';

const WALLET = walletOf('signer');

const judgements: (() => Promise<void>)[] = [];

/** What is judged here must be judged alike in the pool, and in a browser. */
function judged(...question: Parameters<typeof verifyEd25519>): boolean {
  const isValid = verifyEd25519(...question);
  judgements.push(async () => expect(await verifyEd25519InPool(...question)).toBe(isValid));
  expect(verifyWithoutNode(...question)).toBe(isValid);
  return isValid;
}

afterEach(async () => {
  expect(judgements.length).toBeGreaterThan(0);
  await Promise.all(judgements.splice(0).map((compare) => compare()));
});

test('a signature is valid for its key and message only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(63), (message, at) => {
      const signature = WALLET.sign(message);
      expect(judged(WALLET.publicKey, message, signature)).toBe(true);
      const bent = Uint8Array.from(signature, (byte, index) => (index === at ? byte ^ 4 : byte));
      expect(judged(WALLET.publicKey, message, bent)).toBe(false);
      expect(judged(WALLET.publicKey, Uint8Array.from([...message, 0]), signature)).toBe(false);
      expect(judged(walletOf('other').publicKey, message, signature)).toBe(false);
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
    expect(judged(weak, message, identity)).toBe(false);
    const signature = Uint8Array.from([...weak, ...WALLET.sign(message).subarray(32)]);
    expect(judged(WALLET.publicKey, message, signature)).toBe(false);
  }
});

test('inputs of a wrong length are no signature', () => {
  const message = new Uint8Array(32);
  const signature = WALLET.sign(message);
  expect(judged(WALLET.publicKey.subarray(1), message, signature)).toBe(false);
  expect(judged(WALLET.publicKey, message, signature.subarray(1))).toBe(false);
  expect(judged(new Uint8Array(), message, new Uint8Array())).toBe(false);
});

const { Point } = ed25519;
type CurvePoint = typeof Point.BASE;
const ORDER = Point.Fn.ORDER;
const MESSAGE = new Uint8Array(32).fill(3);

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

function scalarBytes(scalar: bigint): Uint8Array {
  return hex(scalar.toString(16).padStart(64, '0')).reverse();
}

/** The scalar of RFC 8032, section 5.1.7: what the signature's equation multiplies the key by. */
function challenge(nonce: Uint8Array, key: Uint8Array): bigint {
  return littleEndian(createHash('sha512').update(nonce).update(key).update(MESSAGE).digest()) % ORDER;
}

function signature(nonce: Uint8Array, scalar: bigint): Uint8Array {
  return Uint8Array.from([...nonce, ...scalarBytes(scalar)]);
}

/** What OpenSSL says by itself. */
function acceptsOpenSsl(key: Uint8Array, signed: Uint8Array): boolean {
  const x = Buffer.from(key).toString('base64url');
  return verify(
    null,
    MESSAGE,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signed,
  );
}

/** Signatures by a secret scalar over nonces that are moved off the main subgroup, one after the other. */
function* signatures(secret: bigint, key: Uint8Array, shift: CurvePoint = Point.ZERO): Generator<Uint8Array> {
  for (let r = 2n; r < 200n; r += 1n) {
    const nonce = Point.BASE.multiply(r).add(shift).toBytes();
    yield signature(nonce, (r + challenge(nonce, key) * secret) % ORDER);
  }
}

const TORSION = ED25519_TORSION_SUBGROUP.map((encoded) => Point.fromHex(encoded, true));
const SECRET = 0x1234_5678_9abc_def0n;
const KEY = Point.BASE.multiply(SECRET);

test.each([
  ...ED25519_TORSION_SUBGROUP,
  // The same points in other encodings: a sign without an x, a y beyond the field.
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
])('what anyone can sign for the key %s of small order is refused, though OpenSSL accepts it', (point) => {
  const key = hex(point);
  const forged = [...signatures(0n, key)].filter((candidate) => acceptsOpenSsl(key, candidate));
  expect(forged.length).toBeGreaterThan(0);
  for (const candidate of forged) expect(judged(key, MESSAGE, candidate)).toBe(false);
});

test('a nonce of small order is refused, though OpenSSL accepts it', () => {
  const key = KEY.toBytes();
  const nonce = Point.ZERO.toBytes();
  const signed = signature(nonce, (challenge(nonce, key) * SECRET) % ORDER);
  expect(acceptsOpenSsl(key, signed)).toBe(true);
  expect(judged(key, MESSAGE, signed)).toBe(false);
});

test('a scalar beyond the order of the group is refused: a signature has one form', () => {
  const key = KEY.toBytes();
  for (const signed of signatures(SECRET, key)) {
    expect(judged(key, MESSAGE, signed)).toBe(true);
    const nonce = signed.subarray(0, 32);
    for (let scalar = littleEndian(signed.subarray(32)) + ORDER; scalar < 2n ** 256n; scalar += ORDER)
      expect(judged(key, MESSAGE, signature(nonce, scalar))).toBe(false);
    if (signed[0] === 0) break;
  }
});

test('a key of mixed order signs where the equation holds without cofactor, as a node has it', () => {
  for (const shift of TORSION.slice(1)) {
    const key = KEY.add(shift).toBytes();
    const verdicts = [...signatures(SECRET, key)].map((signed) => {
      const holds = shift.multiplyUnsafe(challenge(signed.subarray(0, 32), key)).is0();
      expect(judged(key, MESSAGE, signed)).toBe(holds);
      return holds;
    });
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  }
});

test('a nonce of mixed order is refused: the equation with cofactor alone would hold', () => {
  const key = KEY.toBytes();
  for (const shift of TORSION.slice(1)) {
    for (const signed of [...signatures(SECRET, key, shift)].slice(0, 8))
      expect(judged(key, MESSAGE, signed)).toBe(false);
  }
});
