import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CANONICAL_ESCROW, MASUMI_BLUEPRINT, TRANSFER_METHODS } from '../../../../support/internals.js';

const PAGE = readFileSync(new URL('../../../../../../../docs/masumi.md', import.meta.url), 'utf8');

test('docs/masumi.md names every code of the method, and no other', () => {
  const codes = TRANSFER_METHODS.find(({ method }) => method === 'masumi')?.codes ?? [];
  const named = PAGE.match(/\b(?:invalid_exact_cardano|exact_cardano)_\w+|\bduplicate_settlement\b/g) ?? [];
  expect(codes.length).toBeGreaterThan(0);
  expect(new Set(named)).toEqual(new Set(codes));
});

test('docs/masumi.md names the pinned blueprint and the canonical validator', () => {
  expect(PAGE).toContain(MASUMI_BLUEPRINT.digest);
  expect(PAGE).toContain(CANONICAL_ESCROW.scriptHash);
});
