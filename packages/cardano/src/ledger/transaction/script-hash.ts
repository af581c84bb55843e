import type { ReferenceScript } from '../facts/chain-facts.js';
import { blake2b224 } from '../primitives/hash.js';
import { toHex } from '../primitives/hex.js';
import { SCRIPT_LANGUAGES, type ScriptLanguage } from './decode/script.js';

/** A script with its hash: blake2b-224 over its language's number and its bytes. */
export function hashedScript(language: ScriptLanguage, bytes: Uint8Array): ReferenceScript {
  const hash = blake2b224(Uint8Array.from([SCRIPT_LANGUAGES.indexOf(language), ...bytes]));
  return { hash: toHex(hash), language, bytes: toHex(bytes) };
}
