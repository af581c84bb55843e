import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { type Address, addressOf, blake2b224, toHex } from '@x402-facilitator/cardano';
import { encode } from 'cbor2';

/**
 * The faucet's key. It is public on purpose: it owns only a devnet's genesis, and a fixed key gives the test tokens a
 * fixed policy id.
 */
const SEED = Buffer.from('x402 devnet faucet: not a secret', 'utf8');
/** DER head of an Ed25519 private key in PKCS #8; the 32-byte seed follows. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const RAW_KEY_LENGTH = 32;
const ENTERPRISE_KEY_HEADER = 0x60;

function privateKey(): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, SEED]), format: 'der', type: 'pkcs8' });
}

const signingKey = privateKey();

/** The faucet's raw Ed25519 public key. */
export const FAUCET_PUBLIC_KEY: Uint8Array = createPublicKey(signingKey)
  .export({ format: 'der', type: 'spki' })
  .subarray(-RAW_KEY_LENGTH);

// A plain Uint8Array: cbor2 would encode a Buffer by its toJSON.
const keyHash = Uint8Array.from(blake2b224(FAUCET_PUBLIC_KEY));

/** The native script behind every test token: the faucet's signature, at any time. */
export const TEST_TOKEN_SCRIPT: readonly [number, Uint8Array] = [0, keyHash];

/** The policy id of every test token, 56 hex characters, the same on every devnet. */
export const TEST_TOKEN_POLICY: string = toHex(
  blake2b224(Buffer.concat([Uint8Array.of(0), encode(TEST_TOKEN_SCRIPT)])),
);

/** The faucet's enterprise address on a network. */
export function faucetAddress(networkId: 0 | 1): Address {
  const address = addressOf(Buffer.concat([Uint8Array.of(ENTERPRISE_KEY_HEADER | networkId), keyHash]));
  if (!address.ok) throw new Error(`the faucet's address is malformed: ${address.error}`);
  return address.value;
}

/** Signs a transaction id with the faucet's key. */
export function signWithFaucetKey(transactionId: Uint8Array): Uint8Array {
  return sign(null, transactionId, signingKey);
}
