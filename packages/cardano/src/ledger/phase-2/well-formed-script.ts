import type { PlutusLanguage } from './builtins/builtin.js';
import { decodeProgram } from './machine/decode-program.js';
import { programOf } from './program-of.js';

/** The protocol version from which on the ledger reads a language at all. */
const LANGUAGE_FROM: Readonly<Record<PlutusLanguage, number>> = { plutusV1: 5, plutusV2: 7, plutusV3: 9 };

/**
 * Whether bytes are a Plutus script that the ledger would let stand as a witness or as a reference script
 * (`MalformedScriptWitnesses`, `MalformedReferenceScripts`). Reads them once, in time that is linear in their number,
 * and runs nothing.
 *
 * @param script as witness sets and outputs carry it: the program as one CBOR byte string.
 */
export function isWellFormedScript(
  language: PlutusLanguage,
  script: Uint8Array,
  protocolVersion: number,
): boolean {
  if (protocolVersion < LANGUAGE_FROM[language]) return false;
  const flat = programOf(language, script);
  return flat.ok && decodeProgram(flat.value, { language, protocolVersion }).ok;
}
