import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nativeScriptHolds } from '../../../src/ledger/phase-1/native-script.js';
import * as cbor from '../../support/cbor-writer.js';
import { cpuMsOf } from '../../support/cpu-ms-of.js';

type Script =
  | { readonly kind: 'signature'; readonly key: number }
  | { readonly kind: 'all' | 'any'; readonly scripts: readonly Script[] }
  | { readonly kind: 'at least'; readonly count: number; readonly scripts: readonly Script[] }
  | { readonly kind: 'from' | 'until'; readonly slot: number };

const key = (number: number) => new Uint8Array(28).fill(number);

function written(script: Script, length: cbor.Length): cbor.Cbor {
  const list = (scripts: readonly Script[]) =>
    cbor.array(
      scripts.map((member) => written(member, length)),
      length,
    );
  switch (script.kind) {
    case 'signature':
      return cbor.array([cbor.int(0), cbor.bytes(key(script.key))], length);
    case 'all':
    case 'any':
      return cbor.array([cbor.int(script.kind === 'all' ? 1 : 2), list(script.scripts)], length);
    case 'at least':
      return cbor.array([cbor.int(3), cbor.int(script.count), list(script.scripts)], length);
    case 'from':
    case 'until':
      return cbor.array([cbor.int(script.kind === 'from' ? 4 : 5), cbor.int(script.slot)], length);
  }
}

type Question = {
  readonly keys: readonly number[];
  readonly validityStart?: number | undefined;
  readonly ttl?: number | undefined;
};

/** The definition, word for word. */
function holds(script: Script, question: Question): boolean {
  const { keys, validityStart, ttl } = question;
  switch (script.kind) {
    case 'signature':
      return keys.includes(script.key);
    case 'all':
      return script.scripts.every((member) => holds(member, question));
    case 'any':
      return script.scripts.some((member) => holds(member, question));
    case 'at least':
      return script.scripts.filter((member) => holds(member, question)).length >= script.count;
    case 'from':
      return validityStart !== undefined && script.slot <= validityStart;
    case 'until':
      return ttl !== undefined && ttl <= script.slot;
  }
}

function ask(bytes: Uint8Array, { keys, ...interval }: Question): boolean {
  const signers = new Set(keys.map((number) => Buffer.from(key(number)).toString('hex')));
  return nativeScriptHolds(bytes, { signers, ...interval });
}

const anyScript: fc.Arbitrary<Script> = fc.letrec<{ script: Script }>((tie) => {
  const scripts = fc.array(tie('script'), { maxLength: 4 });
  return {
    script: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.record({ kind: fc.constant('signature' as const), key: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constantFrom('from' as const, 'until'), slot: fc.nat({ max: 10 }) }),
      fc.record({ kind: fc.constantFrom('all' as const, 'any'), scripts }),
      fc.record({ kind: fc.constant('at least' as const), count: fc.integer({ min: -2, max: 5 }), scripts }),
    ),
  };
}).script;

const slotOrNone = fc.option(fc.nat({ max: 10 }), { nil: undefined });
const question = fc.record({
  keys: fc.uniqueArray(fc.nat({ max: 3 })),
  validityStart: slotOrNone,
  ttl: slotOrNone,
});

test('every script holds exactly when its definition says so, in definite and indefinite lengths', () => {
  fc.assert(
    fc.property(
      anyScript,
      question,
      fc.constantFrom('definite' as const, 'indefinite'),
      (script, asked, length) => {
        expect(ask(written(script, length), asked)).toBe(holds(script, asked));
      },
    ),
    { numRuns: 2000 },
  );
});

test('bytes that are cut off, added to or bent never throw, and what follows a script makes it none', () => {
  fc.assert(
    fc.property(anyScript, fc.nat(), fc.integer({ min: 0, max: 255 }), (script, place, byte) => {
      const bytes = written(script, 'definite');
      const everything = { keys: [0, 1, 2, 3], validityStart: 10, ttl: 0 };
      const bent = Uint8Array.from(bytes);
      bent[place % bytes.length] = byte;
      expect(typeof ask(bent, everything)).toBe('boolean');
      expect(ask(bytes.subarray(0, place % bytes.length), everything)).toBe(false);
      expect(ask(cbor.concat(bytes, Uint8Array.of(0)), everything)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test.each([
  [30, 1],
  [30, 2],
  [5400, 1],
  [5400, 2],
  [300_000, 2],
])('a script %i deep in its own kind %i is judged in no time', (depth, kind) => {
  const leaf = cbor.array([cbor.int(0), cbor.bytes(key(1))]);
  const level = Uint8Array.of(0x82, kind, 0x81);
  const bytes = new Uint8Array(Buffer.concat([...Array.from({ length: depth }, () => level), leaf]));
  const cpuMs = cpuMsOf(() => {
    expect(ask(bytes, { keys: [1] })).toBe(true);
    expect(ask(bytes, { keys: [2] })).toBe(false);
  });
  expect(cpuMs).toBeLessThan(5000);
});
