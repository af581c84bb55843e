import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { addressOf, blake2b224, toHex } from '@x402-facilitator/cardano';

/** A key pair with the enterprise addresses that it owns. */
export type Wallet = {
  readonly publicKey: Uint8Array;
  /** blake2b-224 of the public key, lowercase hex. */
  readonly keyHash: string;
  /** bech32, on mainnet (1) or a testnet (0). */
  address(networkId: 0 | 1): string;
  addressBytes(networkId: 0 | 1): Uint8Array;
  sign(message: Uint8Array): Uint8Array;
};

/** PKCS #8 in front of an Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ENTERPRISE_KEY = 0x60;

function privateKeyOf(name: string): KeyObject {
  const seed = Buffer.alloc(32);
  seed.write(name);
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

/** The address of a type and its hashes, as bytes. */
export function addressBytes(header: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from([header, ...parts.flatMap((part) => [...part])]);
}

/** bech32 (or base58) of an address's bytes. */
export function addressText(bytes: Uint8Array): string {
  const address = addressOf(bytes);
  if (!address.ok) throw new Error(address.error);
  return address.value.text;
}

/** The wallet of this name, the same one every time. Names of up to 32 bytes. */
export function walletOf(name: string): Wallet {
  const privateKey = privateKeyOf(name);
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(jwk.x ?? '', 'base64url'));
  const keyHash = blake2b224(publicKey);
  const bytesOn = (networkId: 0 | 1) => addressBytes(ENTERPRISE_KEY | networkId, keyHash);
  return {
    publicKey,
    keyHash: toHex(keyHash),
    addressBytes: bytesOn,
    address: (networkId) => addressText(bytesOn(networkId)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}
