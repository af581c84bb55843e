import { Scalus, SlotConfig } from 'scalus';
import { expect, test } from 'vitest';
import { ledgerValue } from '../../../src/ledger/phase-2/builtins/ledger-value.js';
import { costTable } from '../../../src/ledger/phase-2/costs/cost-table.js';
import {
  arrayOf,
  bytes,
  constant,
  DATA,
  data,
  integer,
  listOf,
  VALUE,
} from '../../../src/ledger/phase-2/machine/constant.js';
import { listFrom } from '../../../src/ledger/phase-2/machine/list.js';
import type { Term } from '../../support/flat.js';
import { BUILTINS, judgePhase2 } from '../../support/internals.js';
import { andThenUnit, call, t } from '../../support/terms.js';
import { unwrap } from '../../support/unwrap.js';
import { BUILTIN_CASES } from './support/builtin-cases.js';
import { VAN_ROSSEM_COST_MODELS } from './support/cost-models.js';
import { run, runByScalus } from './support/evaluating.js';
import { scripted } from './support/scripted.js';

const SLOTS = new SlotConfig(0, 0, 1000);
const COST_MODELS = Object.values(VAN_ROSSEM_COST_MODELS).map((model) => [...model]);

const LIST = constant(listOf(DATA), listFrom([1, 2]));
const NAME = bytes(Uint8Array.of(1));

/** So many policies with so many names each. */
function valueWith(policies: number, names: number) {
  const entries = Array.from(
    { length: policies },
    (_, policy) =>
      [
        Uint8Array.of(policy),
        Array.from({ length: names }, (_, name) => [Uint8Array.of(name), 1n] as const),
      ] as const,
  );
  return constant(VALUE, unwrap(ledgerValue(entries)));
}

test('every builtin is called once at least', () => {
  const called = new Set(BUILTIN_CASES.map(({ number }) => number));
  expect([...called].sort((a, b) => a - b)).toEqual(BUILTINS.map((_, number) => number));
});

/** A transaction whose script does this and is satisfied, as it costs here and by another implementation. */
function costs(term: Term, protocolVersion: number) {
  const { transaction, utxo, question } = scripted(t.lambda(andThenUnit(term)), 'plutusV3', { mints: false });
  const ours = judgePhase2({ ...question, protocolVersion });
  const [theirs] = Scalus.evalPlutusScripts(transaction, utxo, SLOTS, COST_MODELS);
  return {
    ours: ours.kind === 'satisfied' ? ours.scripts[0]?.spent : ours,
    theirs: theirs && { memory: BigInt(theirs.budget.memory), steps: BigInt(theirs.budget.steps) },
  };
}

/** What the other implementation does not price by the cost model that it is given: builtins of protocol version 11. */
const FIRST_OF_VAN_ROSSEM = 87;
/** What it prices as before protocol version 11. */
const PRICED_AS_BEFORE: ReadonlySet<string> = new Set([
  'divideInteger of little by much',
  'modInteger of little by much',
  'appendString',
  'equalsString',
  'encodeUtf8',
]);

const COMPARED = BUILTIN_CASES.filter(({ number }) => number < FIRST_OF_VAN_ROSSEM);

test.each(COMPARED)('$name costs what another implementation says, to the unit', ({ name, term }) => {
  const { ours, theirs } = costs(term, PRICED_AS_BEFORE.has(name) ? 10 : 11);
  expect(ours).toEqual(theirs);
});

/** What a call costs by itself: without its steps, and without what its arguments cost. */
test.each([
  [
    'expModInteger',
    [integer(2n ** 200n), integer(65_537n), integer(1_000_003n)],
    607_153 + 231_697 + 53_144 + 445_997,
    1,
  ],
  ['dropList', [integer(-3n), LIST], 116_711 + 3 * 1957, 4],
  ['lengthOfArray', [constant(arrayOf(DATA), [])], 231_883, 10],
  ['listToArray', [LIST], 1000 + 2 * 24_838, 7 + 2],
  ['indexArray', [constant(arrayOf(DATA), []), integer(0n)], 232_010, 32],
  ['bls12_381_G1_multiScalarMul', [LIST, LIST], 321_837_444 + 2 * 25_087_669, 18],
  ['bls12_381_G2_multiScalarMul', [LIST, LIST], 617_887_431 + 2 * 67_302_824, 36],
  ['insertCoin', [NAME, NAME, integer(1n), valueWith(8, 4)], 356_924 + 7 * 18_413, 45 + 7 * 21],
  ['insertCoin', [NAME, NAME, integer(1n), valueWith(3, 1)], 356_924 + 3 * 18_413, 45 + 3 * 21],
  ['lookupCoin', [NAME, NAME, valueWith(5, 2)], 219_951 + 5 * 9444, 1],
  [
    'unionValue',
    [valueWith(8, 4), valueWith(1, 3)],
    1000 + 32 * 172_116 + 3 * 183_150 + 96 * 6,
    24 + 35 * 21,
  ],
  ['valueContains', [valueWith(1, 3), valueWith(8, 4)], 213_283, 1],
  ['valueContains', [valueWith(8, 4), valueWith(1, 3)], 618_401 + 32 * 1998 + 3 * 28_258, 1],
  ['valueData', [valueWith(8, 4)], 1000 + 32 * 38_159, 2 + 32 * 22],
  ['unValueData', [data({ kind: 'map', entries: [] })], 1000 + 95_933 + 1, 1 + 11],
  ['scaleValue', [integer(3n), valueWith(8, 4)], 1000 + 32 * 277_577, 12 + 32 * 21],
] as const)('%s of protocol version 11 costs what its cost model says', (name, args, cpu, memory) => {
  const version = { language: 'plutusV3', protocolVersion: 11 } as const;
  const builtin = BUILTINS.find((candidate) => candidate.name === name);
  if (builtin === undefined) throw new Error(`there is no builtin ${name}`);
  for (const language of ['plutusV1', 'plutusV2', 'plutusV3'] as const) {
    const table = costTable(VAN_ROSSEM_COST_MODELS[language], { ...version, language });
    expect(table.builtin(builtin, args)).toEqual({ cpu, memory });
  }
});

test.each(BUILTIN_CASES.filter(({ isTrue }) => isTrue !== undefined))(
  '$name says what it should',
  ({ isTrue }) => {
    if (isTrue === undefined) return;
    const term = t.force(call(26, 1, isTrue, t.delay(t.unit), t.delay(t.error)));
    expect(run(term)).toMatchObject({ ok: true });
    expect(runByScalus(term)).toMatchObject({ isSuccess: true });
  },
);
