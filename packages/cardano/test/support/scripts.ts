import {
  applyDoubleCborEncoding,
  applyParamsToScript,
  Constr,
  validatorToScriptHash,
} from '@lucid-evolution/lucid';
import { blake2b224, toHex } from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import { flatProgram, type Term } from './flat.js';

const UNIT: Term = { kind: 'constant', constant: { type: 'unit' } };

function lambdas(count: number): Term {
  return count === 0 ? UNIT : { kind: 'lambda', body: lambdas(count - 1) };
}

/** A Plutus V3 script that takes three parameters and then accepts everything; its code as the ledger has it. */
export const PARAMETERIZED_CODE = toHex(cbor.bytes(flatProgram(lambdas(4))));

/** Parameters as requirements write them, and as Lucid takes them. */
export const PARAMETERS = {
  declared: {
    greeting: { type: 'string', value: 'Hello World' },
    limit: { type: 'bigint', value: '-18446744073709551615' },
    isOpen: { type: 'boolean', value: true },
  },
  lucid: [toHex(Buffer.from('Hello World')), -18446744073709551615n, new Constr(1, [])],
} as const;

/** The hash of a Plutus script's code with parameters applied, as Lucid computes it. */
export function hashByLucid(
  type: 'PlutusV1' | 'PlutusV2' | 'PlutusV3',
  code: string,
  parameters: readonly (string | bigint | Constr<never>)[] = [],
): string {
  const script = applyParamsToScript(applyDoubleCborEncoding(code), [...parameters]);
  return validatorToScriptHash({ type, script });
}

/** A native script that demands this key's signature, and its hash. */
export function nativeScriptOf(keyHash: string): { readonly bytes: Uint8Array; readonly hash: Uint8Array } {
  const bytes = cbor.array([cbor.int(0), cbor.bytes(cbor.hex(keyHash))]);
  return { bytes, hash: blake2b224(Uint8Array.of(0, ...bytes)) };
}
