import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { verifyEd25519 } from '../../primitives/ed25519.js';
import { toHex } from '../../primitives/hex.js';
import { CONSTANT, LINEAR_IN_Y } from '../costs/shapes.js';
import { boolean } from '../machine/constant.js';
import { bytesOf } from './arguments.js';
import { type Builtin, BuiltinFailed, type Introduced } from './builtin.js';
import { FROM_ALONZO, FROM_VALENTINE } from './introduced.js';

function verification(
  name: string,
  introduced: Introduced,
  cpu: Builtin['cpu'],
  lengths: { readonly key: number; readonly message?: number },
  verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean,
): Builtin {
  return {
    name,
    forces: 0,
    arity: 3,
    introduced,
    cpu,
    memory: CONSTANT,
    run: ([first, second, third]) => {
      const [key, message, signature] = [bytesOf(first), bytesOf(second), bytesOf(third)];
      if (key.length !== lengths.key) throw new BuiltinFailed('a key has a wrong length');
      if (lengths.message !== undefined && message.length !== lengths.message)
        throw new BuiltinFailed('a message has a wrong length');
      if (signature.length !== 64) throw new BuiltinFailed('a signature has a wrong length');
      return boolean(verify(key, message, signature));
    },
  };
}

export const VERIFY_ED25519_SIGNATURE = verification(
  'verifyEd25519Signature',
  FROM_ALONZO,
  LINEAR_IN_Y,
  { key: 32 },
  verifyEd25519,
);

const ORDER = secp256k1.Point.CURVE().n;

function scalar(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

export const VERIFY_ECDSA_SECP256K1_SIGNATURE = verification(
  'verifyEcdsaSecp256k1Signature',
  FROM_VALENTINE,
  CONSTANT,
  { key: 33, message: 32 },
  (key, message, signature) => {
    const scalars = [scalar(signature.subarray(0, 32)), scalar(signature.subarray(32))];
    if (!secp256k1.utils.isValidPublicKey(key, true))
      throw new BuiltinFailed('a key is not a point on the curve');
    if (scalars.some((value) => value >= ORDER)) throw new BuiltinFailed('a signature is out of bounds');
    if (scalars.includes(0n)) return false;
    return secp256k1.verify(signature, message, key, { prehash: false, lowS: true });
  },
);

export const VERIFY_SCHNORR_SECP256K1_SIGNATURE = verification(
  'verifySchnorrSecp256k1Signature',
  FROM_VALENTINE,
  LINEAR_IN_Y,
  { key: 32 },
  (key, message, signature) => {
    try {
      schnorr.utils.lift_x(scalar(key));
    } catch {
      throw new BuiltinFailed('a key is not a point on the curve');
    }
    return schnorr.verify(signature, message, key);
  },
);
