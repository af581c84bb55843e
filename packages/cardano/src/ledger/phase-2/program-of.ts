import { err, ok, type Result } from '../../result.js';
import { toHex } from '../primitives/hex.js';
import type { PlutusLanguage } from './builtins/builtin.js';

const BYTES = 2;

/**
 * Takes the program out of a script: the content of one CBOR byte string in one piece. What follows it is ignored for
 * Plutus V1 and V2 and not allowed for V3, as in the ledger.
 */
export function programOf(language: PlutusLanguage, script: Uint8Array): Result<Uint8Array, string> {
  const head = script[0];
  if (head === undefined || head >> 5 !== BYTES) return err('it is not a byte string');
  const info = head & 31;
  const width = info < 24 ? 0 : 1 << (info - 24);
  if (info > 27 || script.length < 1 + width) return err('it is not a byte string in one piece');
  const stated = toHex(script.subarray(1, 1 + width));
  const length = info < 24 ? info : Number(`0x${stated}`);
  const end = 1 + width + length;
  if (end > script.length) return err('it ends early');
  if (language === 'plutusV3' && end < script.length) return err('something follows it');
  return ok(script.subarray(1 + width, end));
}
