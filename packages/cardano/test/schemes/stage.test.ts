import { ok } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { numberRules, PASSED, type Rule, refuse, stage } from '../support/internals.js';

type Start = { readonly price: number };

const double: Rule<Start, { readonly twice: number }> = {
  name: 'it doubles',
  codes: [],
  source: 'test',
  check: ({ price }) => ok({ twice: 2 * price }),
};
const payer: Rule<Start, { readonly payer: string }> = {
  name: 'it names the payer',
  codes: [],
  source: 'test',
  check: () => ok({ payer: 'addr1' }),
};
const cheap: Rule<{ readonly twice: number }> = {
  name: 'it is cheap',
  codes: ['too_dear'],
  source: 'test',
  check: ({ twice }) => (twice < 10 ? PASSED : refuse('too_dear', `expected less than 10, found ${twice}`)),
};

test('a stage gives each rule what those before it have learned, and stops at the first refusal', () => {
  const judged = stage<Start>().rule(double).rule(cheap).rule(payer);
  expect(judged.judge({ price: 4 })).toEqual({ ok: true, value: { price: 4, twice: 8, payer: 'addr1' } });
  expect(judged.judge({ price: 5 })).toEqual({
    ok: false,
    error: { code: 'too_dear', message: 'expected less than 10, found 10' },
  });
});

test('a refusal names the payer once a rule knows it', () => {
  const judged = stage<Start>().rule(payer).stage(stage<Start>().rule(double).rule(cheap));
  expect(judged.judge({ price: 5 })).toMatchObject({ ok: false, error: { payer: 'addr1' } });
});

test('rules are numbered by their place; parts of one rule stand where the last of them runs', () => {
  const first = stage<Start>().rule(double).rule(payer);
  const second = stage<Start>().rule(double).rule(cheap);
  expect(numberRules(first, second).map(({ number, name }) => [number, name])).toEqual([
    [1, payer.name],
    [2, double.name],
    [3, cheap.name],
  ]);
});
