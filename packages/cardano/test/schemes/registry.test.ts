import { ok, SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { createSchemeRegistry, exactScheme, type Scheme } from '../support/internals.js';
import { paymentOn } from '../support/payment.js';
import { MemoryWorld, POLICY } from '../support/world.js';

const OTHER: Scheme = {
  ...exactScheme,
  name: 'other',
  allCodes: ['other_refused', 'duplicate_settlement'],
  isRetryable: (code) => code === 'other_refused',
  methods: ['other', 'default'],
  read: () =>
    ok({ kind: 'transaction', network: 'cardano:preview', decode: () => ({ ok: false, error: REFUSAL }) }),
};
const REFUSAL = { code: 'other_refused', message: 'as always' };
const BOTH = createSchemeRegistry([exactScheme, OTHER]);

async function requestOf(scheme: string) {
  return paymentOn(new MemoryWorld(), { requirements: { scheme }, accepted: { scheme } });
}

test.each([
  [SUPPORTED_SCHEMES, 'expected "exact", found "upto"'],
  [BOTH, 'expected "exact" or "other", found "upto"'],
])('a scheme that is not registered is refused with the names of those that are', async (schemes, words) => {
  expect(schemes.read(await requestOf('upto'), POLICY)).toEqual({
    ok: false,
    error: { code: 'unsupported_scheme', message: `paymentRequirements.scheme: ${words}` },
  });
});

test('a request goes to the scheme that its requirements name', async () => {
  const read = BOTH.read(await requestOf('other'), POLICY);
  expect(read.ok && read.value.kind === 'transaction' && read.value.decode(new MemoryWorld().facts)).toEqual({
    ok: false,
    error: REFUSAL,
  });
  expect(BOTH.read(await requestOf('exact'), POLICY)).toMatchObject({ ok: true });
});

test('a registry knows the codes and labels of all its schemes, each once', () => {
  expect(BOTH.allCodes).toEqual(
    ['unsupported_scheme', ...new Set([...exactScheme.allCodes, ...OTHER.allCodes])].filter(
      (code, at, all) => all.indexOf(code) === at,
    ),
  );
  expect(BOTH.methods).toEqual([...exactScheme.methods, 'other']);
  expect(BOTH.names).toEqual(['exact', 'other']);
});

test('a code is retryable when its scheme says so', () => {
  expect(BOTH.isRetryable('other_refused')).toBe(true);
  expect(SUPPORTED_SCHEMES.isRetryable('other_refused')).toBe(false);
  const retryable = SUPPORTED_SCHEMES.allCodes.filter((code) => SUPPORTED_SCHEMES.isRetryable(code));
  expect(retryable).toEqual([
    'exact_cardano_facilitator_chain_lookup_failed',
    'exact_cardano_facilitator_lookups_reserved',
    'exact_cardano_facilitator_sponsorship_unavailable',
    'exact_cardano_facilitator_script_check_unavailable',
    'exact_cardano_facilitator_screening_unavailable',
    'invalid_batch_settlement_cardano_verification_state_unavailable',
  ]);
});

test('what names no registered scheme falls back to the first', () => {
  expect(BOTH.of('other')).toBe(OTHER);
  expect(BOTH.of(undefined)).toBe(exactScheme);
  expect(BOTH.of('upto')).toBe(exactScheme);
  expect(BOTH.find('upto')).toBeUndefined();
});

test('a scheme that this deployment does not offer is not there', async () => {
  const request = await requestOf('batch-settlement');
  const message = 'paymentRequirements.scheme: expected "exact", found "batch-settlement"';
  expect(SUPPORTED_SCHEMES.read(request, POLICY)).toMatchObject({ ok: false, error: { message } });
  const { paymentRequirements } = request;
  expect(SUPPORTED_SCHEMES.readRequirements(paymentRequirements, POLICY)).toMatchObject({
    error: { message },
  });
  const offered = { ...POLICY, channelValidators: new Set(['ab'.repeat(28)]) };
  expect(SUPPORTED_SCHEMES.read(request, offered)).toMatchObject({
    error: { code: 'invalid_batch_settlement_cardano_payload_type' },
  });
});

test('two schemes of one name are not registered', () => {
  expect(() => createSchemeRegistry([exactScheme, exactScheme])).toThrow(RangeError);
});
