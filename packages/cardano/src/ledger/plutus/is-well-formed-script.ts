import { BitCopier, NotAProgram } from './bits.js';
import { copyNatural, copyTerm } from './copy-term.js';

type Language = 'plutusV1' | 'plutusV2' | 'plutusV3';

/** Builtins by the protocol version that gave them to a language: first and last number of each batch. */
const BUILTINS: Readonly<
  Record<Language, readonly (readonly [version: number, first: number, last: number])[]>
> = {
  plutusV1: [
    [5, 0, 50],
    [11, 51, 100],
  ],
  plutusV2: [
    [7, 0, 51],
    [8, 52, 53],
    [10, 73, 74],
    [11, 54, 100],
  ],
  plutusV3: [
    [9, 0, 74],
    [10, 75, 86],
    [11, 87, 100],
  ],
};

/** Versions of Plutus Core; the second brought constructors and cases. A program of another version can never run. */
const FIRST_VERSION = '1.0.0';
const SECOND_VERSION = '1.1.0';

const BYTE_STRING = 2;

/** The content of the byte string that a script is, or that it begins with. */
function programOf(script: Uint8Array, mayBeFollowed: boolean): Uint8Array | undefined {
  const [head] = script;
  if (head === undefined || head >> 5 !== BYTE_STRING) return undefined;
  const info = head & 31;
  if (info > 27) return undefined;
  const width = info < 24 ? 0 : 1 << (info - 24);
  const start = 1 + width;
  if (start > script.length) return undefined;
  const length = width === 0 ? info : Number(`0x${Buffer.from(script.subarray(1, start)).toString('hex')}`);
  const end = start + length;
  if (end > script.length || (end < script.length && !mayBeFollowed)) return undefined;
  return script.subarray(start, end);
}

/**
 * Whether a script's bytes are a program of a language as a node of a protocol version reads it: one CBOR byte string
 * around a flat program that calls only builtins of its time. Takes time that grows with the size alone. Never throws.
 *
 * Source: `deserialiseScript` (plutus-ledger-api); Plutus V1 and V2 do not mind what follows the byte string.
 */
export function isWellFormedScript(language: Language, script: Uint8Array, protocolVersion: number): boolean {
  const program = programOf(script, language !== 'plutusV3');
  if (program === undefined) return false;
  const bits = new BitCopier(program, program.length + 16);
  const isBuiltin = (number: number) =>
    BUILTINS[language].some(
      ([version, first, last]) => protocolVersion >= version && number >= first && number <= last,
    );
  try {
    const version = [copyNatural(bits), copyNatural(bits), copyNatural(bits)].join('.');
    if (version !== FIRST_VERSION && version !== SECOND_VERSION) return false;
    copyTerm(bits, { isBuiltin, hasConstructors: version === SECOND_VERSION });
    bits.readEnd();
    return true;
  } catch (error) {
    if (error instanceof NotAProgram) return false;
    throw error;
  }
}
