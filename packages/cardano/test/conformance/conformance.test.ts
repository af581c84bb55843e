import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkFacts } from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import { RULES } from '../support/internals.js';
import { PREVIEW } from '../support/network.js';
import { paymentOn } from '../support/payment.js';
import { MemoryWorld, saidBy } from '../support/world.js';
import { CASES } from './cases.js';
import * as rules from './rules.js';

/** The network's facts at a protocol version, or at its own. */
function factsAt(major = PREVIEW.parameters.protocolVersion.major): NetworkFacts {
  return { ...PREVIEW, parameters: { ...PREVIEW.parameters, protocolVersion: { major, minor: 0 } } };
}

test('an ordinary payment is verified', async () => {
  const world = new MemoryWorld();
  expect(world.verify(await paymentOn(world))).toMatchObject({ ok: true });
});

describe.each(RULES)('rule $number: $name', ({ name, codes }) => {
  const own = CASES.filter(({ rule }) => rule.name === name);

  test.each(own)('$situation: $expect', async (example) => {
    const world = new MemoryWorld({ facts: factsAt(example.protocolVersion) });
    const verdict = world.verify(await example.payment(world), example.policy);
    const said = saidBy(verdict);
    expect(said.split(':')[0], said).toBe(example.expect);
    expect(said).toContain(example.because ?? '');
  });

  test('every code of it has a case, and every refusal of its cases is a code of it', () => {
    const expected = own.filter(({ expect: outcome }) => outcome !== 'verified');
    expect(new Set(expected.map(({ expect: code }) => code))).toEqual(new Set(codes));
  });
});

test('every rule that is written is numbered, in the order in which payments meet them', () => {
  expect(RULES.map(({ number }) => number)).toEqual(RULES.map((_, at) => at + 1));
  const numbered = new Set(RULES.map(({ name }) => name));
  const written = Object.values(rules).map(({ name }) => name);
  expect(new Set(written)).toEqual(numbered);
  expect(written.length).toBe(numbered.size);
});

test('every file of a rule is named to the cases', () => {
  const folder = fileURLToPath(new URL('../../src/schemes/exact/rules', import.meta.url));
  const named = readFileSync(fileURLToPath(new URL('rules.ts', import.meta.url)), 'utf8');
  const files = readdirSync(folder).filter((file) =>
    /\bdefineRule\(/.test(readFileSync(join(folder, file), 'utf8')),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => !named.includes(`/rules/${file.replace('.ts', '.js')}'`))).toEqual([]);
});
