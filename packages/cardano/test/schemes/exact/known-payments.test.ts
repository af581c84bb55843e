import {
  ACCEPTED,
  type KnownPayment,
  NETWORKS,
  type Network,
  nativeAssetId,
  SUPPORTED_SCHEMES,
  type VerificationPolicy,
} from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { exactScheme } from '../../support/internals.js';
import { transactionRequestOf } from '../../support/unwrap.js';
import { POLICY } from '../../support/world.js';

const NOW_MS = Date.UTC(2026, 10, 26);

/** Every step of the scheme, on the payment's own facts. */
function judged(known: KnownPayment, policy: VerificationPolicy, nowMs: number): string {
  const read = SUPPORTED_SCHEMES.read(known.request, policy);
  if (!read.ok) return read.error.code;
  const transaction = transactionRequestOf(read.value).decode(known.networkFacts);
  if (!transaction.ok) return transaction.error.code;
  const checked = transaction.value.check({ nowMs });
  if (!checked.ok) return checked.error.code;
  if (checked.value.kind === 'broadcast') throw new Error('it was never broadcast');
  const outputs = checked.value.check({ outputs: known.outputs, nowMs });
  if (!outputs.ok) return outputs.error.code;
  const verdict = outputs.value.judge();
  return verdict.ok ? ACCEPTED : verdict.error.code;
}

const TOKEN = nativeAssetId('ab'.repeat(28), '55534d');
const policies: readonly (readonly [string, Partial<VerificationPolicy>])[] = [
  ['the usual one', {}],
  ['named rules only', { ledger: 'rules' }],
  ['a token only', TOKEN === undefined ? {} : { assets: new Set([TOKEN]) }],
  ['dear fees', { feeMinLovelace: 900_000n }],
  ['short payments', { graceBufferSeconds: 5, maxTimeoutSeconds: 60 }],
  ['one input', { maxInputs: 1 }],
  ['no protocol version that is not known', { unknownProtocolVersion: 'refuse' }],
];

test.each(NETWORKS.flatMap((network) => policies.map(([name, change]) => [network, name, change] as const)))(
  'on %s, under a policy of %s, every known payment gets its verdict',
  (network: Network, _, change) => {
    const policy = { ...POLICY, ...change, networks: new Set([network]) };
    const payments = exactScheme.knownPayments({ network, policy, nowMs: NOW_MS });
    expect(payments.map((known) => [known.name, judged(known, policy, NOW_MS)])).toEqual(
      payments.map(({ name, expected }) => [name, expected]),
    );
    expect(payments.filter(({ expected }) => expected === ACCEPTED).length).toBeGreaterThan(0);
    expect(payments.filter(({ expected }) => expected !== ACCEPTED).length).toBeGreaterThan(1);
  },
);

test.each([
  [20, ACCEPTED],
  [-20, ACCEPTED],
  [31, 'invalid_exact_cardano_payload_ttl_expired'],
  [-31, 'invalid_exact_cardano_payload_ttl_too_far'],
])('a judge whose clock is %i s ahead says %s', (aheadSeconds, code) => {
  const [good] = exactScheme.knownPayments({ network: 'cardano:preview', policy: POLICY, nowMs: NOW_MS });
  expect(good && judged(good, POLICY, NOW_MS + aheadSeconds * 1000)).toBe(code);
});
