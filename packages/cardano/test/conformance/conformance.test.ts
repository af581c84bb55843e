import type { NetworkFacts } from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import { RULES } from '../support/internals.js';
import { PREVIEW } from '../support/network.js';
import { paymentOn } from '../support/payment.js';
import { MemoryWorld, saidBy } from '../support/world.js';
import { CASES } from './cases.js';

/** The network's facts at a protocol version, or at its own. */
function factsAt(major = PREVIEW.parameters.protocolVersion.major): NetworkFacts {
  return { ...PREVIEW, parameters: { ...PREVIEW.parameters, protocolVersion: { major, minor: 0 } } };
}

test('an ordinary payment is verified', async () => {
  const world = new MemoryWorld();
  expect(world.verify(await paymentOn(world))).toMatchObject({ ok: true });
});

describe.each(RULES)('rule $number: $name', ({ number, codes }) => {
  test.each(CASES.filter(({ rule }) => rule === number))('$situation: $expect', async (example) => {
    const world = new MemoryWorld({ facts: factsAt(example.protocolVersion) });
    const verdict = world.verify(await example.payment(world), example.policy);
    const said = saidBy(verdict);
    expect(said.split(':')[0], said).toBe(example.expect);
    expect(said).toContain(example.because ?? '');
  });

  test('every code of it has a case, and every refusal of its cases is a code of it', () => {
    const expected = CASES.filter(({ rule, expect: outcome }) => rule === number && outcome !== 'verified');
    expect(new Set(expected.map(({ expect: code }) => code))).toEqual(new Set(codes));
  });
});

test('there are 29 rules, numbered in the order in which payments meet them', () => {
  expect(RULES.map(({ number }) => number)).toEqual(Array.from({ length: 29 }, (_, at) => at + 1));
});

test('every case is about a rule', () => {
  const numbers = new Set(RULES.map(({ number }) => number));
  expect(CASES.filter(({ rule }) => !numbers.has(rule))).toEqual([]);
});
