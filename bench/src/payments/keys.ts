import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { addressOf, blake2b224 } from '@x402-facilitator/cardano';

/** A key with the enterprise address that it owns on a testnet. */
export type Keys = {
  readonly publicKey: Uint8Array;
  /** bech32. */
  readonly address: string;
  readonly addressBytes: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
};

/** Enterprise address of a key hash, network id 0. */
const ENTERPRISE_KEY_ON_TESTNETS = 0x60;

/** A fresh key, which nothing outside this process ever sees. */
export function generateKeys(): Keys {
  const pair = generateKeyPairSync('ed25519');
  const publicKey = rawPublicKey(pair.publicKey);
  const parsed = addressOf(
    Uint8Array.from([ENTERPRISE_KEY_ON_TESTNETS, ...Uint8Array.from(blake2b224(publicKey))]),
  );
  if (!parsed.ok) throw new Error(`a key hash makes an address: ${parsed.error}`);
  const address = parsed.value;
  return {
    publicKey,
    address: address.text,
    // A plain Uint8Array: cbor2 would encode a Buffer by its toJSON.
    addressBytes: Uint8Array.from(address.bytes),
    sign: (message) => Uint8Array.from(sign(null, message, pair.privateKey)),
  };
}

function rawPublicKey(publicKey: KeyObject): Uint8Array {
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return Uint8Array.from(Buffer.from(x, 'base64url'));
}
