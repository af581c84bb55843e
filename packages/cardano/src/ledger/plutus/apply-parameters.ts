import { err, ok, type Result } from '../../result.js';
import { BitCopier, NotAProgram } from './bits.js';
import { copyNatural, copyTerm, writeApplication, writeDataConstant } from './copy-term.js';
import { encodePlutusData } from './encode-plutus-data.js';
import type { PlutusData } from './plutus-data.js';

const VERSION_NUMBERS = 3;

/**
 * Applies a Plutus program to parameters, in order: `((program p1) p2) …`. It copies the program's own terms bit for bit,
 * so the result and the script's hash are those that every other tool computes. Never throws.
 *
 * @param program the flat encoding, without any CBOR around it.
 * @returns the flat encoding of the applied program, or what is wrong with `program`.
 */
export function applyParameters(
  program: Uint8Array,
  parameters: readonly PlutusData[],
): Result<Uint8Array, string> {
  const encoded = parameters.map(encodePlutusData);
  const room = encoded.reduce((total, { length }) => total + length + 16, program.length + 16);
  const bits = new BitCopier(program, room);
  try {
    for (let number = 0; number < VERSION_NUMBERS; number += 1) copyNatural(bits);
    for (const _ of encoded) writeApplication(bits);
    copyTerm(bits);
    bits.readEnd();
  } catch (error) {
    if (error instanceof NotAProgram) return err(error.message);
    throw error;
  }
  for (const data of encoded) writeDataConstant(bits, data);
  return ok(bits.finish());
}
