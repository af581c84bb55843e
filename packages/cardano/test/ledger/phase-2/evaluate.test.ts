import { expect, test } from 'vitest';
import { cpuMsOf } from '../../support/cpu-ms-of.js';
import type { Term } from '../../support/flat.js';
import { isWellFormedScript } from '../../support/internals.js';
import { call, LOOP, t } from '../../support/terms.js';
import { PLENTY, run, scriptOf } from './support/evaluating.js';

const BUDGET = { memory: 14_000_000n, steps: 10_000_000_000n };

/** A term in as many others. */
function nested(kind: 'delay' | 'force' | 'lambda', depth: number, inner: Term): Term {
  let term = inner;
  for (let level = 0; level < depth; level += 1) term = { kind, body: term };
  return term;
}

/** Doubles a byte string without end. */
const EXPLODING = t.apply(
  t.lambda(t.apply(t.variable(1), t.variable(1), t.bytes('00'.repeat(64)))),
  t.lambda(t.lambda(t.apply(t.variable(2), t.variable(2), call(10, 0, t.variable(1), t.variable(1))))),
);

test.each([
  ['loops', LOOP, 'overBudget'],
  ['explodes', EXPLODING, 'overBudget'],
  [
    'multiplies without end',
    t.apply(
      t.lambda(t.apply(t.variable(1), t.variable(1), t.integer(2n ** 64n))),
      t.lambda(t.lambda(t.apply(t.variable(2), t.variable(2), call(2, 0, t.variable(1), t.variable(1))))),
    ),
    'overBudget',
  ],
  ['is nested 6 000 deep', nested('delay', 6000, t.unit), 'failed'],
  ['forces 6 000 times', nested('force', 6000, t.unit), 'failed'],
] as const)('a script that %s ends, here within two seconds of CPU time', (_, term, kind) => {
  const cpuMs = cpuMsOf(() =>
    expect(run(term, { budget: BUDGET, protocolVersion: 10 })).toMatchObject({ ok: false, error: { kind } }),
  );
  expect(cpuMs).toBeLessThan(2000);
  // Numbers and byte strings of protocol version 11 have an end of their own.
  expect(run(term, { budget: BUDGET })).toMatchObject({ ok: false });
});

test('a script stops at the budget that it declares, to the unit', () => {
  const sum = t.apply(t.lambda(t.unit), call(0, 0, t.integer(1), t.integer(2)));
  const spent = run(sum);
  if (!spent.ok) throw new Error(spent.error.message);
  expect(run(sum, { budget: spent.value })).toEqual(spent);
  for (const short of [
    { memory: 1n, steps: 0n },
    { memory: 0n, steps: 1n },
  ]) {
    const budget = { memory: spent.value.memory - short.memory, steps: spent.value.steps - short.steps };
    expect(run(sum, { budget })).toMatchObject({ ok: false, error: { kind: 'overBudget' } });
  }
});

test.each([
  ['unit', t.match(t.unit, t.unit)],
  ['false, without a branch for true', t.match(t.boolean(false), t.unit)],
  ['true', t.match(t.boolean(true), t.error, t.unit)],
  ['an integer', t.match(t.integer(2), t.error, t.error, t.unit)],
  [
    'a list',
    t.match(t.integers(5, 6), t.lambda(t.lambda(t.match(t.variable(1), t.lambda(t.lambda(t.unit)))))),
  ],
  ['an empty list', t.match(t.integers(), t.error, t.unit)],
  ['a pair', t.match(call(48, 0, t.data('01'), t.data('02')), t.lambda(t.lambda(t.unit)))],
])('a case over %s works since protocol version 11', (_, term) => {
  expect(run(term)).toMatchObject({ ok: true });
  expect(run(term, { protocolVersion: 10 })).toMatchObject({ ok: false });
});

test.each([
  ['an integer without a branch', t.match(t.integer(1), t.unit)],
  ['a negative integer', t.match(t.integer(-1), t.unit)],
  ['true, without a branch for it', t.match(t.boolean(true), t.unit)],
  ['bytes', t.match(t.bytes('00'), t.unit)],
  ['a function', t.match(t.lambda(t.unit), t.unit)],
])('a case over %s fails', (_, term) => {
  expect(run(term)).toMatchObject({ ok: false, error: { kind: 'failed' } });
});

test('a case over a constructor applies its branch to the fields in order', () => {
  const term = t.match(
    t.constructor(1, t.integer(7), t.integer(5)),
    t.error,
    t.lambda(t.lambda(call(1, 0, t.variable(2), t.variable(1)))),
  );
  expect(run(t.match(call(7, 0, term, t.integer(2)), t.error, t.unit))).toMatchObject({ ok: true });
});

test('Plutus V3 comes to the unit constant, older languages to anything', () => {
  const old = { script: scriptOf(t.integer(1), [1n, 0n, 0n]) };
  expect(run(t.integer(1))).toMatchObject({ ok: false, error: { kind: 'failed' } });
  expect(run(t.integer(1), { ...old, language: 'plutusV1' })).toMatchObject({ ok: true });
  expect(run(t.integer(1), { ...old, language: 'plutusV2' })).toMatchObject({ ok: true });
});

test('variables must be bound, but the ledger does not look into constructors and cases', () => {
  const free = t.variable(3);
  expect(run(t.apply(t.lambda(t.unit), t.delay(free)))).toMatchObject({ ok: false });
  expect(run(t.apply(t.lambda(t.unit), t.delay(t.constructor(0, free))))).toMatchObject({ ok: true });
});

test('a cost model that is too short makes what it does not price unaffordable', () => {
  const term = t.apply(t.lambda(t.unit), call(79, 0, t.bytes('01'), t.integer(0)));
  expect(run(term)).toMatchObject({ ok: true });
  const costModel = Array.from({ length: 251 }, () => 1);
  expect(run(term, { costModel, budget: PLENTY })).toMatchObject({
    ok: false,
    error: { kind: 'overBudget' },
  });
});

test('a script is well formed where its language, its version and its builtins are available', () => {
  const drops = scriptOf(call(88, 1, t.integer(1), t.integers(1)), [1n, 0n, 0n]);
  const bls = scriptOf(call(60, 0, t.bytes(''), t.bytes('')), [1n, 0n, 0n]);
  const newer = scriptOf(t.constructor(0));
  expect(isWellFormedScript('plutusV3', drops, 10)).toBe(false);
  for (const language of ['plutusV1', 'plutusV2', 'plutusV3'] as const) {
    expect(isWellFormedScript(language, drops, 11)).toBe(true);
    expect(isWellFormedScript(language, bls, 10)).toBe(language === 'plutusV3');
    expect(isWellFormedScript(language, newer, 9)).toBe(true);
  }
  expect(isWellFormedScript('plutusV3', scriptOf(t.unit), 8)).toBe(false);
  expect(isWellFormedScript('plutusV3', new Uint8Array(), 11)).toBe(false);
  expect(isWellFormedScript('plutusV3', Uint8Array.of(0x43, 1, 1, 0), 11)).toBe(false);
});

test('what follows a script is ignored for Plutus V1 and V2, and not allowed for V3', () => {
  const followed = Uint8Array.of(...scriptOf(t.lambda(t.unit), [1n, 0n, 0n]), 0);
  expect(isWellFormedScript('plutusV1', followed, 10)).toBe(true);
  expect(isWellFormedScript('plutusV2', followed, 10)).toBe(true);
  expect(isWellFormedScript('plutusV3', followed, 10)).toBe(false);
});

test('hostile bytes are read in a moment', () => {
  const cpuMs = cpuMsOf(() => readHostile());
  expect(cpuMs).toBeLessThan(3000);
});

function readHostile() {
  for (const byte of [0x00, 0x11, 0x22, 0x33, 0x4b, 0x55, 0x88, 0x99, 0xff]) {
    const flat = new Uint8Array(200_000).fill(byte);
    flat.set([1, 1, 0]);
    const script = new Uint8Array(5 + flat.length);
    script.set([0x5a, 0, 3, 0x0d, 0x40]);
    script.set(flat, 5);
    expect(isWellFormedScript('plutusV3', script, 11)).toBe(false);
  }
}
