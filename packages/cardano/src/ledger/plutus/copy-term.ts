import { type BitCopier, NotAProgram } from './bits.js';

/** Term tags of the flat encoding (Plutus Core specification, appendix C). */
const VARIABLE = 0;
const DELAY = 1;
const LAMBDA = 2;
const APPLY = 3;
const CONSTANT = 4;
const FORCE = 5;
const ERROR = 6;
const BUILTIN = 7;
const CONSTRUCTOR = 8;
const CASE = 9;

const TAG_BITS = 4;
const BUILTIN_BITS = 7;
/** Real programs nest the types of their constants far less deep. */
const MAX_TYPES = 64;

/** A byte string is written in chunks that one byte can count. */
const MAX_CHUNK = 255;

/** Type tags of constants. */
const INTEGER = 0;
const BYTE_STRING = 1;
const STRING = 2;
const UNIT = 3;
const BOOLEAN = 4;
const LIST = 5;
const PAIR = 6;
const TYPE_APPLICATION = 7;
const DATA = 8;
/** Points of BLS12-381 and what pairing them gives: there are lists of them, but none can be written down. */
const BLS12_381 = [9, 10, 11];
const ARRAY = 12;

type ConstantType =
  | { readonly kind: 'integer' | 'bytes' | 'unit' | 'boolean' | 'unwritable' }
  | { readonly kind: 'list'; readonly element: ConstantType }
  | { readonly kind: 'pair'; readonly first: ConstantType; readonly second: ConstantType };

/**
 * A number in groups of seven bits, the lowest first, each behind a bit that says whether another follows.
 *
 * @returns the number, rounded where it is beyond 2^53.
 */
export function copyNatural(bits: BitCopier): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const group = bits.copy(8);
    value += (group & 0x7f) * factor;
    if (group < 0x80) return value;
  }
}

function copyByteString(bits: BitCopier): void {
  bits.copyFiller();
  for (;;) {
    const length = bits.copy(8);
    if (length === 0) return;
    bits.copyBytes(length);
  }
}

function copyTypeTags(bits: BitCopier): number[] {
  const tags: number[] = [];
  while (bits.copy(1) === 1) {
    tags.push(bits.copy(TAG_BITS));
    if (tags.length > MAX_TYPES) throw new NotAProgram('a constant’s type is nested too deep');
  }
  return tags;
}

/** Takes one type off the front of its tags. */
function takeType(tags: number[]): ConstantType {
  const tag = tags.shift();
  switch (tag) {
    case INTEGER:
      return { kind: 'integer' };
    case BYTE_STRING:
    case STRING:
    case DATA:
      return { kind: 'bytes' };
    case UNIT:
      return { kind: 'unit' };
    case BOOLEAN:
      return { kind: 'boolean' };
    case TYPE_APPLICATION: {
      const applied = tags.shift();
      // An array is written as a list is.
      if (applied === LIST || applied === ARRAY) return { kind: 'list', element: takeType(tags) };
      if (applied === TYPE_APPLICATION && tags.shift() === PAIR)
        return { kind: 'pair', first: takeType(tags), second: takeType(tags) };
      throw new NotAProgram('a constant is of no known type');
    }
    default:
      if (tag !== undefined && BLS12_381.includes(tag)) return { kind: 'unwritable' };
      throw new NotAProgram('a constant is of no known type');
  }
}

function copyValue(bits: BitCopier, type: ConstantType): void {
  switch (type.kind) {
    case 'integer':
      copyNatural(bits);
      return;
    case 'bytes':
      copyByteString(bits);
      return;
    case 'boolean':
      bits.copy(1);
      return;
    case 'unit':
      return;
    case 'unwritable':
      throw new NotAProgram('a constant is of a type that has no constants');
    case 'list':
      while (bits.copy(1) === 1) copyValue(bits, type.element);
      return;
    case 'pair':
      copyValue(bits, type.first);
      copyValue(bits, type.second);
  }
}

function copyConstant(bits: BitCopier): void {
  const tags = copyTypeTags(bits);
  const type = takeType(tags);
  if (tags.length > 0) throw new NotAProgram('a constant has more than one type');
  copyValue(bits, type);
}

/** What a term may be made of, where that is limited. */
export type TermLimits = {
  /** Whether a builtin of this number may be called. */
  readonly isBuiltin: (number: number) => boolean;
  /** Whether there may be constructors and cases. */
  readonly hasConstructors: boolean;
};

const NO_LIMITS: TermLimits = { isBuiltin: () => true, hasConstructors: true };

/**
 * Copies one term with all that it contains, bit for bit; only the padding in front of byte strings follows the new
 * place. It keeps nesting on its own stack, so that a deep program cannot overflow the call stack.
 *
 * @throws NotAProgram when the bits are no term.
 */
export function copyTerm(bits: BitCopier, limits: TermLimits = NO_LIMITS): void {
  const demandConstructors = () => {
    if (!limits.hasConstructors) throw new NotAProgram('its version knows no constructors');
  };
  // What is still to come, the next at the end; `rest` is the remainder of a list of terms.
  const ahead: ('term' | 'rest')[] = ['term'];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next === 'rest') {
      if (bits.copy(1) === 1) ahead.push('rest', 'term');
      continue;
    }
    switch (bits.copy(TAG_BITS)) {
      case VARIABLE:
        copyNatural(bits);
        break;
      case DELAY:
      case LAMBDA:
      case FORCE:
        ahead.push('term');
        break;
      case APPLY:
        ahead.push('term', 'term');
        break;
      case CONSTANT:
        copyConstant(bits);
        break;
      case ERROR:
        break;
      case BUILTIN:
        if (!limits.isBuiltin(bits.copy(BUILTIN_BITS))) throw new NotAProgram('a builtin is not known');
        break;
      case CONSTRUCTOR:
        demandConstructors();
        copyNatural(bits);
        ahead.push('rest');
        break;
      case CASE:
        demandConstructors();
        ahead.push('rest', 'term');
        break;
      default:
        throw new NotAProgram('a term is of no known kind');
    }
  }
}

/** Writes a constant of type data. */
export function writeDataConstant(bits: BitCopier, data: Uint8Array): void {
  bits.write(CONSTANT, TAG_BITS);
  bits.write(1, 1);
  bits.write(DATA, TAG_BITS);
  bits.write(0, 1);
  bits.writeFiller();
  for (let at = 0; at < data.length; at += MAX_CHUNK) {
    const chunk = data.subarray(at, at + MAX_CHUNK);
    bits.write(chunk.length, 8);
    bits.writeBytes(chunk);
  }
  bits.write(0, 8);
}

/** Writes the head of an application: function and argument follow. */
export function writeApplication(bits: BitCopier): void {
  bits.write(APPLY, TAG_BITS);
}
