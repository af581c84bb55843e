import { createPauseSwitch } from '@x402-facilitator/journal';
import { scrape } from '@x402-facilitator/shared/testing';
import { expect, it } from 'vitest';
import { type Facilitator, NETWORK } from './support/facilitator.js';
import { newPrivateKey } from './support/payments.js';
import { refusedAgain } from './support/refused-again.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const network = { network: NETWORK };

/** The metrics of the first worker, or of the one named. */
const metricsOf = (here: Facilitator, index = 0) =>
  scrape(`http://127.0.0.1:${here.workers[index]?.healthPort}`);

it('a payment changes the worker’s metrics, and counts once even if a rollback makes it confirm twice', async () => {
  const { here, payer } = await open({ workers: 2 });
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.settle({ ...payment, method: 'default' });
  await here.reaches(payment, 'submitted');
  const waiting = await metricsOf(here);
  expect(waiting.value('settlements_pending', { ...network, state: 'submitted' })).toBe(1);
  expect(waiting.value('settlements_pending', { ...network, state: 'queued' })).toBe(0);
  expect(
    waiting.value('settlement_oldest_pending_seconds', { ...network, state: 'submitted' }),
  ).toBeGreaterThan(0);
  expect(waiting.value('queue_jobs', { queue: 'submit-preview', state: 'waiting' })).toBe(0);
  expect(waiting.value('queue_oldest_waiting_seconds', { queue: 'submit-preview' })).toBe(0);
  expect(waiting.value('queue_stalled_total', { queue: 'submit-preview' })).toBe(0);

  here.forge();
  await here.reaches(payment, 'confirmed');
  here.devnet.ledger.rollback(1, 'vanish');
  here.forge(2);
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  await here.reaches(payment, 'submitted');
  here.forge();
  await here.reaches(payment, 'confirmed');

  const sum = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const both = await Promise.all([metricsOf(here, 0), metricsOf(here, 1)]);
    return both.reduce((total, one) => total + (one.value(name, labels) ?? 0), 0);
  };
  const confirmed = { ...network, method: 'default', outcome: 'confirmed' };
  await expect.poll(() => sum('chain_rollbacks_total', network)).toBe(1);
  expect(await sum('chain_rolled_back_blocks_total', network)).toBe(1);
  expect(await sum('payment_settlements_total', confirmed)).toBe(1);
  expect(await sum('payment_volume_total', { ...network, asset: 'ADA' })).toBe(2);
  expect(await sum('payment_volume_usd_total')).toBe(0);
  expect(await sum('chain_resubmissions_total', network)).toBe(1);
  const countOf = (phase: string) => sum('payment_settlement_duration_seconds_count', { ...network, phase });
  expect(await countOf('queue')).toBe(1);
  expect(await countOf('submit')).toBe(2);
  expect(await countOf('inclusion')).toBe(2);
  expect(await countOf('confirmation')).toBe(1);
  expect(await countOf('total')).toBe(1);
  const tip = here.devnet.ledger.chain.tip.height;
  expect(await sum('chain_tip_height', network)).toBe(tip);
  expect(await sum('chain_tip_age_seconds', network)).toBeLessThan(60);
  expect(await sum('rpc_requests_total', { operation: 'submit', outcome: 'ok' })).toBe(2);
});

it('a refusal by the node is a failed settlement, a payer’s double spend is not', async () => {
  const { here, payer } = await open();
  const refused = await payer.sign({ forged: true });
  await here.settle(refused);
  await here.reaches(refused, 'ambiguous');
  await refusedAgain(here, refused);
  here.leap(10_000);
  await here.reaches(refused, 'failed');
  const overtaken = await payer.sign({ from: 1 });
  const other = await payer.sign({ from: 1, lovelace: 3_000_000n });
  here.devnet.ledger.submit(other.signedTransaction);
  here.forge();
  await here.settle(overtaken);
  await here.reaches(overtaken, 'failed');
  const shown = await metricsOf(here);
  expect(shown.value('payment_settlements_total', { ...network, method: 'default', outcome: 'failed' })).toBe(
    2,
  );
  expect(shown.value('payment_settlements_failed', { ...network, reason: 'refused' })).toBe(1);
  expect(shown.value('payment_settlements_failed', { ...network, reason: 'expired' })).toBe(0);
  expect(shown.labelValues('payment_settlements_failed', 'reason')).not.toContain('other');
});

it('a pause shows until it ends', async () => {
  const { here } = await open();
  const paused = async () => (await metricsOf(here)).value('settlement_paused', network);
  expect(await paused()).toBe(0);
  const door = createPauseSwitch({ redis: here.redis, network: NETWORK });
  await door.close({ mode: 'paused', sinceMs: Date.now() });
  expect(await paused()).toBe(1);
  await door.open();
  expect(await paused()).toBe(0);
});

it('while Redis does not answer a scrape is still quick, without the values from Redis', async () => {
  const { here } = await open();
  const before = await metricsOf(here);
  expect(before.value('settlements_pending', { ...network, state: 'queued' })).toBe(0);
  // Long enough that a scrape that waited for it would be late.
  await here.redis.call('CLIENT', 'PAUSE', '2500', 'ALL');
  const startedMs = performance.now();
  const shown = await metricsOf(here);
  expect(performance.now() - startedMs).toBeLessThan(2_500);
  expect(shown.value('settlements_pending', { ...network, state: 'queued' })).toBeUndefined();
  expect(shown.value('x402_build_info', { tier: 'worker', version: '0.0.0-test' })).toBe(1);
});

it('the balance of a configured wallet is read from the chain on a scrape', async () => {
  const { privateKey, address } = newPrivateKey();
  const { here } = await open({ workers: 0, config: { chain: { facilitator: { privateKey } } } });
  here.devnet.faucet.grant({
    address: await address(),
    lovelace: 30_000_000n,
    assets: new Map(),
    outputs: 3,
  });
  await here.startWorker();
  await expect
    .poll(async () => (await metricsOf(here)).value('wallet_balance_lovelace', network))
    .toBe(30_000_000);
});
