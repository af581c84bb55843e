import { sponsorshipPolicyOf } from '@x402-facilitator/shared/config';
import { loadGoodConfig, mistakeLines } from '@x402-facilitator/shared/testing';
import { expect, test } from 'vitest';

const ENABLED = {
  X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewabc',
  X402_SPONSORSHIP__ENABLED: 'true',
};

const situation = (env: Readonly<Record<string, string>>) =>
  ({ env, readFile: () => '{}', tier: 'worker' }) as const;

function policyOf(env: Readonly<Record<string, string>>) {
  return sponsorshipPolicyOf(loadGoodConfig(situation(env)).config);
}

test('nothing is sponsored unless the operator enables it', () => {
  expect(policyOf({ ...ENABLED, X402_SPONSORSHIP__ENABLED: 'false' })).toBeUndefined();
});

test('sponsorship that is only enabled has default limits', () => {
  expect(policyOf(ENABLED)).toEqual({
    maxFeeLovelace: 400_000n,
    minAdaLovelace: 2_000_000n,
    limits: { perPayerLovelace: 20_000_000n, perKeyLovelace: 200_000_000n, perDayLovelace: 500_000_000n },
  });
});

test('no min-ada is lent where it is not covered', () => {
  expect(policyOf({ ...ENABLED, X402_SPONSORSHIP__COVER_MIN_ADA: 'false' })).toMatchObject({
    minAdaLovelace: 0n,
  });
});

test('outputs too small for what is lent and their change, and a pool below its own minimum, are mistakes', () => {
  const pool = '{"utxoLovelace": 3599999, "size": 2, "minimum": 3}';
  expect(mistakeLines(situation({ ...ENABLED, X402_SPONSORSHIP__POOL: pool }))).toEqual([
    'ConfigInvalidError: sponsorship.pool.utxoLovelace: expected at least 3600000, what is lent and 1200000 of change, found 3599999',
    'ConfigInvalidError: sponsorship.pool.minimum: expected at most sponsorship.pool.size (2), found 3',
  ]);
});

test('an API that sponsors whoever asks says so at the start, and what one address can take', () => {
  const warningsOf = (env: Readonly<Record<string, string>>, tier: 'api' | 'worker' = 'api') =>
    loadGoodConfig({ ...situation({ ...ENABLED, ...env }), tier }).warnings;
  expect(warningsOf({})).toEqual([
    expect.stringMatching(
      /callers are not authenticated.* one address has at most 5 of 20 outputs .* 4 of them can/,
    ),
  ]);
  expect(warningsOf({ X402_SPONSORSHIP__POOL__CALLER_SHARE: '1' })).toEqual([
    expect.stringMatching(/at most 20 of 20 outputs .* 1 of them can/),
  ]);
  const apiKeys = JSON.stringify([{ name: 'shop', sha256: 'f'.repeat(64) }]);
  expect(warningsOf({ X402_SECURITY__API_KEYS: apiKeys })).toEqual([]);
  expect(warningsOf({ X402_SPONSORSHIP__ENABLED: 'false' })).toEqual([]);
  expect(warningsOf({}, 'worker')).toEqual([]);
});
