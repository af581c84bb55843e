import { expect, test } from 'vitest';
import { isWellFormedScript } from '../../../src/ledger/phase-2/index.js';
import * as cbor from '../../support/cbor-writer.js';
import { flatProgram, type Term } from '../../support/flat.js';

const builtin = (number: number): Term => ({ kind: 'builtin', number });
const construction: Term = { kind: 'constructor', index: 0n, fields: [] };
const V1 = cbor.hex('0100002499');

/** A program of another version. */
function versioned(minor: number, term: Term): Uint8Array {
  const program = Uint8Array.from(flatProgram(term));
  program[1] = minor;
  return program;
}

test.each<[string, Parameters<typeof isWellFormedScript>, boolean]>([
  ['a program in one byte string', ['plutusV3', cbor.bytes(flatProgram(builtin(0))), 9], true],
  ['a program without a byte string', ['plutusV3', flatProgram(builtin(0)), 9], false],
  // It reads as a program of version 77. The ledger looks at the version when it runs a script, not before.
  ['a program in two byte strings', ['plutusV3', cbor.bytes(cbor.bytes(flatProgram(builtin(0)))), 9], true],
  ['nothing', ['plutusV3', new Uint8Array(), 9], false],
  ['a byte behind Plutus V3', ['plutusV3', cbor.concat(cbor.bytes(flatProgram(builtin(0))), V1), 9], false],
  ['a byte behind Plutus V2', ['plutusV2', cbor.concat(cbor.bytes(V1), V1), 9], true],
  ['a byte behind the program', ['plutusV2', cbor.bytes(cbor.concat(V1, V1)), 9], false],
  [
    'a builtin of batch 6 at protocol version 10',
    ['plutusV3', cbor.bytes(flatProgram(builtin(87))), 10],
    false,
  ],
  [
    'a builtin of batch 6 at protocol version 11',
    ['plutusV3', cbor.bytes(flatProgram(builtin(100))), 11],
    true,
  ],
  ['a builtin that there is not', ['plutusV3', cbor.bytes(flatProgram(builtin(101))), 11], false],
  ['BLS12-381 in Plutus V2 at 10', ['plutusV2', cbor.bytes(flatProgram(builtin(54))), 10], false],
  ['BLS12-381 in Plutus V2 at 11', ['plutusV2', cbor.bytes(flatProgram(builtin(54))), 11], true],
  ['integerToByteString in Plutus V2 at 10', ['plutusV2', cbor.bytes(flatProgram(builtin(73))), 10], true],
  ['serialiseData in Plutus V1 at 10', ['plutusV1', cbor.bytes(flatProgram(builtin(51))), 10], false],
  ['a constructor in version 1.1.0', ['plutusV3', cbor.bytes(flatProgram(construction)), 9], true],
  ['a constructor in version 1.0.0', ['plutusV3', cbor.bytes(versioned(0, construction)), 9], false],
])('%s', (_, given, isGood) => {
  expect(isWellFormedScript(...given)).toBe(isGood);
});
