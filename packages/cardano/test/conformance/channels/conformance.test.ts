import { LOVELACE } from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import { CHANNEL_TOKEN } from '../../support/channels/parties.js';
import { verifyChannel } from '../../support/channels/verify.js';
import { CHANNEL_CODES, CHANNEL_RULES } from '../../support/internals.js';
import { DRAFTS, KINDS } from './case.js';
import { CHANNEL_CASES } from './cases.js';

const CURRENCIES = [
  { name: 'ada', currency: LOVELACE },
  { name: 'token', currency: CHANNEL_TOKEN },
] as const;

function said(verdict: ReturnType<typeof verifyChannel>): string {
  return verdict.ok ? 'accepted' : `${verdict.error.code}: ${verdict.error.message}`;
}

describe.each(KINDS)('%s', (kind) => {
  const draftOf = DRAFTS[kind];

  test.each(CURRENCIES)('an ordinary one in $name is accepted', ({ currency }) => {
    expect(said(verifyChannel(draftOf(currency)))).toBe('accepted');
  });

  describe.each(CHANNEL_RULES[kind])('rule $number: $name', ({ name, codes }) => {
    const own = CHANNEL_CASES.filter((example) => example.kind === kind && example.rule === name);

    test.each(own)('$situation: $expect', ({ bend, expect: outcome, because = '', only }) => {
      for (const { name: unit, currency } of CURRENCIES) {
        if (only !== undefined && only !== unit) continue;
        const verdict = said(verifyChannel(bend(draftOf(currency))));
        expect(verdict.split(':')[0], `${unit}: ${verdict}`).toBe(outcome);
        expect(verdict).toContain(because);
      }
    });

    test('every code of it has a case, and every refusal of its cases is a code of it', () => {
      const refused = own.filter(({ expect: outcome }) => outcome !== 'accepted');
      expect(new Set(refused.map(({ expect: code }) => code))).toEqual(new Set(codes));
    });
  });
});

test('every case is about a rule that its kind meets', () => {
  const names = new Set(KINDS.flatMap((kind) => CHANNEL_RULES[kind].map(({ name }) => `${kind} ${name}`)));
  expect(CHANNEL_CASES.filter(({ kind, rule }) => !names.has(`${kind} ${rule}`))).toEqual([]);
});

test('every code is one that a case is refused with', () => {
  const codes = new Set(CHANNEL_CASES.map(({ expect: outcome }) => outcome));
  codes.delete('accepted');
  expect(codes).toEqual(new Set(CHANNEL_CODES));
});
