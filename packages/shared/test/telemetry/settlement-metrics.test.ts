import type { AssetId } from '@x402-facilitator/cardano';
import { SUPPORTED_SCHEMES, slot } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import { BLOCK, claimOf } from '@x402-facilitator/journal/testing';
import { createWorkerMetrics, expose } from '@x402-facilitator/shared/telemetry';
import { expect, test } from 'vitest';
import { parseExposition } from '../support/exposition.js';

const USDM = 'c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d' as AssetId;
const UNKNOWN = `${'ab'.repeat(28)}.00` as AssetId;

/** A settlement that has just become confirmed for the first time. */
function confirmed(asset: AssetId, amount: bigint) {
  const { signedTransaction: _bytes, ...claim } = claimOf(1);
  return {
    ...claim,
    hasScripts: false,
    kind: 'payment',
    finality: 'watched',
    block: BLOCK,
    confirmations: 1,
    network: 'cardano:mainnet',
    state: 'confirmed',
    method: 'default',
    revision: 5,
    firstEndedRevision: 5,
    attempts: 1,
    asset,
    amount,
    queuedAtMs: 1_000,
    submittedAtMs: 1_500,
    includedAtMs: 21_500,
    endedAtMs: 41_000,
  } as const satisfies Settlement;
}

test('confirmed payments add whole units of a known asset, dollars for pegged ones, atomic units of others', async () => {
  const { registry, settlements } = createWorkerMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' });
  settlements.changed({ kind: 'changed', from: 'included', settlement: confirmed(USDM, 2_500_000n) }, 41_000);
  settlements.changed({ kind: 'changed', from: 'included', settlement: confirmed(UNKNOWN, 3n) }, 41_000);
  const shown = parseExposition((await expose(registry)).body);
  expect(shown.value('payment_volume_total', { asset: 'USDM' })).toBe(2.5);
  expect(shown.value('payment_volume_total', { asset: 'other' })).toBe(3);
  expect(shown.value('payment_volume_usd_total')).toBe(2.5);
  expect(shown.value('payment_settlement_duration_seconds_sum', { phase: 'confirmation' })).toBe(39);
  expect(shown.value('payment_settlement_duration_seconds_sum', { phase: 'total' })).toBe(80);
});

test('a confirmation that a rollback took back counts as failed when it fails, and not as another settlement', async () => {
  const { registry, settlements } = createWorkerMetrics({ schemes: SUPPORTED_SCHEMES, version: '1' });
  const first = confirmed(USDM, 1n);
  settlements.changed({ kind: 'changed', from: 'included', settlement: first }, 41_000);
  const errorReason = 'invalid_exact_cardano_payload_ttl_expired';
  const { finality: _, block: __, confirmations: ___, includedAtMs: ____, ...claimed } = first;
  const expired: Settlement = {
    ...claimed,
    state: 'expired',
    revision: 7,
    finalAtMs: 90_000,
    errorReason,
    errorMessage: 'its TTL has passed',
    proof: { kind: 'ttl-passed', ttl: slot(5_000), tip: BLOCK },
  };
  settlements.changed({ kind: 'changed', from: 'submitted', settlement: expired }, 90_000);
  const shown = parseExposition((await expose(registry)).body);
  expect(shown.labelValues('payment_settlements_total', 'outcome')).toEqual(['confirmed']);
  expect(shown.value('payment_settlements_total')).toBe(1);
  expect(shown.value('payment_settlements_failed', { reason: 'expired' })).toBe(1);
});
