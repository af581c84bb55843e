import {
  decode_plutus_program_pretty_uplc,
  decode_plutus_program_uplc_json,
} from '@cardananium/cquisitor-lib';
import { applyDoubleCborEncoding, applyParamsToScript, Constr, type Data } from '@lucid-evolution/lucid';
import { toHex } from '@x402-facilitator/cardano';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as cbor from '../../support/cbor-writer.js';
import { anyTerm, flatProgram } from '../../support/flat.js';
import { applyParameters, type PlutusData, plutusCodeOf } from '../../support/internals.js';
import { ALWAYS_SUCCEEDS } from '../../support/plutus.js';
import { unwrap } from '../../support/unwrap.js';

/** `(lam x (con unit ()))`, without any CBOR around it. */
const PROGRAM = cbor.hex('0101002499');

/** Lucid writes builtins with as many `force` around them as it thinks right. */
const NO_BUILTINS = 0;
/** Up to Plutus V3. */
const ALL_BUILTINS = 87;

/** The same data in our words and in Lucid's, which loses integers beyond 64 bits and what follows the 64th byte. */
const parameter: fc.Arbitrary<readonly [PlutusData, Data]> = fc.oneof(
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
    .map((value) => [{ kind: 'int' as const, value }, value] as const),
  fc
    .uint8Array({ maxLength: 64, size: 'max' })
    .map((value) => [{ kind: 'bytes' as const, value }, toHex(value)] as const),
  fc
    .boolean()
    .map(
      (value) =>
        [
          { kind: 'constructor' as const, index: value ? 1n : 0n, fields: [] },
          new Constr(value ? 1 : 0, []),
        ] as const,
    ),
);

function applied(program: Uint8Array, parameters: readonly PlutusData[]): Uint8Array {
  return unwrap(applyParameters(program, parameters));
}

describe('applying parameters to a Plutus program', () => {
  test('gives the very bytes that Lucid computes, for any program without builtins', () => {
    fc.assert(
      fc.property(
        anyTerm({ builtins: NO_BUILTINS }),
        fc.array(parameter, { maxLength: 4 }),
        (term, parameters) => {
          const program = flatProgram(term);
          const ours = applied(
            program,
            parameters.map(([data]) => data),
          );
          const code = applyDoubleCborEncoding(toHex(cbor.bytes(program)));
          const theirs = applyParamsToScript(
            code,
            parameters.map(([, data]) => data),
          );
          expect(toHex(cbor.bytes(cbor.bytes(ours)))).toBe(theirs);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('keeps the program as it is, as Aiken reads it', () => {
    const read = (program: Uint8Array) =>
      decode_plutus_program_uplc_json(toHex(cbor.bytes(program))).program.term;
    fc.assert(
      fc.property(anyTerm({ builtins: ALL_BUILTINS }), (term) => {
        const program = flatProgram(term);
        const body = read(applied(program, [{ kind: 'bytes', value: Uint8Array.of(1, 2) }]));
        expect(body).toMatchObject({ apply: { function: read(program) } });
      }),
    );
  });

  test('applies every byte and digit of a long parameter, as Aiken reads it', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
    const integer = -(2n ** 400n);
    const program = applied(PROGRAM, [
      { kind: 'bytes', value: bytes },
      { kind: 'int', value: integer },
    ]);
    const read = decode_plutus_program_pretty_uplc(toHex(cbor.bytes(program)));
    expect(read).toContain(`#${toHex(bytes)}`);
    expect(read).toContain(`${integer}`);
  });

  test('without parameters gives the program back, bit for bit', () => {
    fc.assert(
      fc.property(anyTerm({ builtins: ALL_BUILTINS }), (term) => {
        const program = flatProgram(term);
        expect(toHex(applied(program, []))).toBe(toHex(program));
      }),
    );
  });

  test('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([true, false]).toContain(applyParameters(bytes, []).ok);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['is empty', ''],
    ['ends inside its version', '0101'],
    ['ends inside its term', '01010024'],
    ['is followed by a byte', '010100249900'],
    ['has a term of no known kind', '010100f1'],
    ['has a constant of no known type', '01010044f901'],
  ])('says so of a program that %s', (_, hex) => {
    expect(applyParameters(cbor.hex(hex), [])).toEqual({ ok: false, error: expect.any(String) });
  });

  test('takes a program nested as deep as 64 KiB allow', () => {
    const deep = Uint8Array.from([1, 1, 0, ...new Uint8Array(65_000).fill(0x11), 0x61]);
    expect(applied(deep, [{ kind: 'int', value: 1n }]).length).toBeGreaterThan(65_000);
  });
});

describe('a script’s code', () => {
  test.each([
    ['bare', PROGRAM],
    ['as one byte string, as the ledger has it', cbor.bytes(PROGRAM)],
    ['wrapped twice, as cardano-cli writes it', cbor.bytes(cbor.bytes(PROGRAM))],
  ])('is read %s', (_, code) => {
    const { program, script } = plutusCodeOf(code);
    expect(toHex(program)).toBe(toHex(PROGRAM));
    expect(toHex(script)).toBe(toHex(ALWAYS_SUCCEEDS.bytes));
  });

  test('keeps the bytes that it is hashed over, even in an unusual encoding', () => {
    const script = cbor.bytes(PROGRAM, 2);
    expect(toHex(plutusCodeOf(script).script)).toBe(toHex(script));
  });
});
