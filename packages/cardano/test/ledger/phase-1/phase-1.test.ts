import { judgePhase1 } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { PHASE_1_RULES } from '../../support/internals.js';
import { inputOf, plainDraft } from '../../support/ledger-draft.js';
import { PHASE_1_CASES } from './cases.js';

test.each(PHASE_1_CASES)('$situation: $predicates', ({ predicates, bend }) => {
  const failures = judgePhase1(inputOf(bend(plainDraft())));
  const found = new Set(failures.map(({ rule }) => rule));
  expect([...found].sort(), failures.map(({ message }) => message).join('\n')).toEqual(
    [...predicates].sort(),
  );
});

test('every predicate of every rule has a case', () => {
  const shown = new Set(PHASE_1_CASES.flatMap(({ predicates }) => predicates));
  const stated = PHASE_1_RULES.flatMap(({ predicates }) => predicates);
  expect(stated.filter((predicate) => !shown.has(predicate))).toEqual([]);
});

test('a rule that is skipped is not judged, and every other is', () => {
  const { bend } = PHASE_1_CASES.find(({ situation }) => situation === 'the TTL is now') ?? {};
  if (bend === undefined) throw new Error('expected the case, found none');
  const skip = new Set(['the slot lies in the validity interval']);
  expect(judgePhase1(inputOf(bend(plainDraft())), skip)).toEqual([]);
});
