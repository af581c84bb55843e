import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { encodeBytes, readCbor } from '../cbor/index.js';

/** The content of bytes that are one CBOR byte string and nothing else. */
function unwrap(bytes: Uint8Array): Uint8Array | undefined {
  const outcome = readCbor(bytes, DECODE_LIMITS);
  return outcome.ok && outcome.value.kind === 'bytes' ? outcome.value.value : undefined;
}

/** A Plutus script in both forms. */
export type PlutusCode = {
  /** The flat encoding. */
  readonly program: Uint8Array;
  /** What the ledger hashes and witness sets carry: the program as one CBOR byte string. */
  readonly script: Uint8Array;
};

/**
 * Finds the program in a script's code. Tools write the code bare, as one CBOR byte string (the ledger's own form), or
 * wrapped twice (the `cborHex` of cardano-cli's text envelopes). No program of a known version begins like a byte string.
 */
export function plutusCodeOf(code: Uint8Array): PlutusCode {
  const once = unwrap(code);
  if (once === undefined) return { program: code, script: encodeBytes(code) };
  const twice = unwrap(once);
  return twice === undefined ? { program: once, script: code } : { program: twice, script: once };
}
