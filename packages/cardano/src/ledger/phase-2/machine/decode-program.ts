import { err, ok, type Result } from '../../../result.js';
import { type Builtin, isAvailable, type PlutusVersion } from '../builtins/builtin.js';
import { BUILTINS } from '../builtins/index.js';
import { readConstant } from './decode-constant.js';
import { FlatReader, NotAProgram } from './flat-reader.js';
import type { Program, Term } from './term.js';

const TAG_BITS = 4;
const BUILTIN_BITS = 7;
/** The ledger's own limit on the fields of a `constr`. */
const MAX_FIELDS = 1024;

/** A term whose parts are still being read. */
type Unfinished =
  | { readonly kind: 'delay' | 'lambda' | 'force' }
  | { readonly kind: 'apply'; left: Term | undefined }
  | { readonly kind: 'constructor'; readonly index: bigint; readonly fields: Term[] }
  | { readonly kind: 'case'; scrutinee: Term | undefined; readonly branches: Term[] };

function readBuiltin(reader: FlatReader, version: PlutusVersion): Builtin {
  const number = reader.bits(BUILTIN_BITS);
  const builtin = BUILTINS[number];
  if (builtin === undefined) throw new NotAProgram(`there is no builtin ${number}`);
  if (!isAvailable(builtin, version)) {
    throw new NotAProgram(
      `builtin ${builtin.name} is not available to ${version.language} in protocol version ${version.protocolVersion}`,
    );
  }
  return builtin;
}

/** Reads the head of a term: the whole of it, or what is to be filled in. */
function readHead(
  reader: FlatReader,
  version: PlutusVersion,
  allowsConstructors: boolean,
): Term | { readonly unfinished: Unfinished } {
  const tag = reader.bits(TAG_BITS);
  switch (tag) {
    case 0:
      return { kind: 'variable', index: Number(reader.word64()) };
    case 1:
      return { unfinished: { kind: 'delay' } };
    case 2:
      return { unfinished: { kind: 'lambda' } };
    case 3:
      return { unfinished: { kind: 'apply', left: undefined } };
    case 4:
      return readConstant(reader);
    case 5:
      return { unfinished: { kind: 'force' } };
    case 6:
      return { kind: 'error' };
    case 7:
      return { kind: 'builtin', builtin: readBuiltin(reader, version) };
    case 8:
    case 9:
      if (!allowsConstructors) throw new NotAProgram('constructors and case need version 1.1.0');
      if (tag === 9) return { unfinished: { kind: 'case', scrutinee: undefined, branches: [] } };
      return { unfinished: { kind: 'constructor', index: reader.word64(), fields: [] } };
    default:
      throw new NotAProgram('a term is of no known kind');
  }
}

/** Puts a part where it belongs. @returns the whole term when it was the last one. */
function fill(reader: FlatReader, unfinished: Unfinished, part: Term): Term | undefined {
  switch (unfinished.kind) {
    case 'apply': {
      const { left } = unfinished;
      if (left !== undefined) return { kind: 'apply', left, right: part };
      unfinished.left = part;
      return undefined;
    }
    case 'constructor': {
      unfinished.fields.push(part);
      if (unfinished.fields.length > MAX_FIELDS) throw new NotAProgram('a constructor has too many fields');
      return reader.bit() === 1 ? undefined : { ...unfinished };
    }
    case 'case': {
      if (unfinished.scrutinee === undefined) unfinished.scrutinee = part;
      else unfinished.branches.push(part);
      const { scrutinee, branches } = unfinished;
      return reader.bit() === 1 ? undefined : { kind: 'case', scrutinee, branches };
    }
    default:
      return { kind: unfinished.kind, body: part };
  }
}

/** Reads a term with an own stack: no program is too deep for it. */
function readTerm(reader: FlatReader, version: PlutusVersion, allowsConstructors: boolean): Term {
  const stack: Unfinished[] = [];
  for (;;) {
    const head = readHead(reader, version, allowsConstructors);
    let whole: Term | undefined;
    if ('unfinished' in head) {
      stack.push(head.unfinished);
      // A constructor may have no fields at all.
      if (head.unfinished.kind !== 'constructor' || reader.bit() === 1) continue;
      stack.pop();
      whole = { ...head.unfinished };
    } else {
      whole = head;
    }
    while (whole !== undefined) {
      const outer = stack.at(-1);
      if (outer === undefined) return whole;
      whole = fill(reader, outer, whole);
      if (whole !== undefined) stack.pop();
    }
  }
}

/**
 * Reads the flat encoding of a program as a node does that gets a script of this version. Takes time that is linear in
 * the bytes, whatever they are. Never throws.
 */
export function decodeProgram(flat: Uint8Array, version: PlutusVersion): Result<Program, string> {
  const reader = new FlatReader(flat);
  try {
    const [major, minor, patch] = [reader.natural(), reader.natural(), reader.natural()];
    const allowsConstructors = major > 1n || (major === 1n && minor >= 1n);
    const term = readTerm(reader, version, allowsConstructors);
    reader.end();
    return ok({ version: [major, minor, patch], term });
  } catch (error) {
    if (!(error instanceof NotAProgram)) throw error;
    return err(error.message);
  }
}
