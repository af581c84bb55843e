import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type AppProcess, type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { get, type Order, post, signPayment } from '../support/facilitator.js';
import { runOps } from '../support/ops.js';
import { prometheusOrSkip } from '../support/prometheus.js';
import { type PrometheusHandle, startPrometheus } from '../support/start-prometheus.js';
import { replica, useStack } from '../support/use-stack.js';
import { type AlertWatch, watchAlerts } from './support/alert-watch.js';
import { shortenRules } from './support/shorten.js';

const programs = await prometheusOrSkip();

/** Verifications that run at any time while the provider is slow. */
const CALLERS = 10;
/** More than the 5 s that a request may take, and less than the time-out of a provider call. */
const LATE_MS = 6_000;
/** Three refusals, ten seconds apart, end a settlement. */
const ENDING_REFUSALS_MS = 45_000;

describe.skipIf(programs === undefined)('alerts on a running system (skipped without Prometheus)', () => {
  const stack = useStack({
    blockMs: 0,
    paywall: false,
    settings: {
      X402_CHAIN__FOLLOWER__TICK_MS: '100',
      X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '0',
      // One settlement that hangs is enough to make the next one wait.
      X402_WORKER__CONCURRENCY: '1',
    },
  });
  let prometheus: PrometheusHandle;
  let watch: AlertWatch;
  let payer: FundedPayer;
  let api: AppProcess;

  beforeAll(async () => {
    api = replica(stack().apis);
    prometheus = await startPrometheus({
      prometheus: programs?.prometheus ?? '',
      jobs: { 'x402-api': [api], 'x402-worker': stack().workers },
      rules: { 'recording.yml': shortenRules('recording.yml'), 'alerts.yml': shortenRules('alerts.yml') },
      intervalMs: 1_000,
    });
    watch = watchAlerts(prometheus);
    payer = await fundPayer(stack());
    // Each in its own transaction, so that looking up one does not cache the others.
    for (let count = 0; count < CALLERS + 5; count += 1)
      await stack().control.fund({ address: payer.wallet.address, lovelace: 50_000_000n });
  });

  afterAll(() => prometheus?.stop());

  const sign = (order?: Order) => signPayment(stack(), payer, order);
  const ops = (command: string) => runOps(stack().settings, command);
  const settle = (request: object) => post(`${api.url}/settle`, request, { prefer: 'respond-async' });
  const reaches = (transaction: string, state: string) =>
    waitUntil(async () => (await get(`${api.url}/status/${transaction}`)).body.state === state, {
      what: `${transaction} to be ${state}`,
      timeoutMs: ENDING_REFUSALS_MS,
    });
  /** Settles a payment up to this state; its transaction. */
  const settleUntil = async (state: string, order?: Order) => {
    const { request, transaction } = await sign(order);
    expect((await settle(request)).status).toBe(202);
    await reaches(transaction, state);
    return transaction;
  };
  /** Repeats until the test is over, in evenly spread loops, so that every window of a rule sees some. */
  const keepDoing = (
    what: (loop: number) => Promise<unknown>,
    { loops, everyMs }: { readonly loops: number; readonly everyMs: number },
  ) => {
    const stopping = new AbortController();
    const { signal } = stopping;
    onTestFinished(() => stopping.abort());
    const run = async (loop: number) => {
      await sleep((loop * everyMs) / loops);
      while (!signal.aborted) {
        const asked = what(loop);
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
        await asked;
      }
    };
    // The answers are ignored, and running calls are not waited for.
    for (let loop = 0; loop < loops; loop += 1) run(loop).catch(() => undefined);
  };

  it('none but the watchdog fires on a healthy system', async () => {
    const transaction = await settleUntil('submitted');
    await stack().control.forge(2);
    await reaches(transaction, 'confirmed');
    await waitUntil(async () => (await prometheus.query('x402_total_payments == 1')).length === 1, {
      what: 'Prometheus to have seen the payment',
    });
    await expect.poll(watch.firing).toEqual(['X402Watchdog']);
  });

  it('a settlement that the node refuses fires X402SettlementFailed', async () => {
    await stack().control.addFault({
      operation: 'POST /tx/submit',
      kind: 'status',
      status: 400,
      message: 'ConwayUtxowFailure (InvalidWitnessesUTXOW)',
      count: 3,
    });
    await settleUntil('failed');
    await watch.untilFiring('X402SettlementFailed');
  });

  it('blocks that leave the chain fire X402Rollback', async () => {
    const transaction = await settleUntil('submitted', { confirmations: 3 });
    await stack().control.forge(2);
    await reaches(transaction, 'included');
    await stack().control.rollback(1, 'return');
    await stack().control.forge(4);
    await reaches(transaction, 'confirmed');
    await watch.untilFiring('X402Rollback');
  });

  describe('while a worker has to leave settlements where they are', () => {
    const held: string[] = [];

    beforeAll(async () => {
      // The one that is being sent hangs until the worker gives up, which leaves enough time to pause behind it.
      const letGo = await stack().control.addFault({ operation: 'POST /tx/submit', kind: 'hang' });
      held.push(await settleUntil('submitting'), await settleUntil('queued'));
      expect(await ops('pause')).toMatchObject({ code: 0 });
      await letGo();
    });

    it('errors, a provider that is slow and fails, and a chain without blocks fire their alerts', async () => {
      const { control } = stack();
      const payments = await Promise.all(Array.from({ length: CALLERS }, () => sign()));
      await control.addFault({ operation: 'GET /txs/*', kind: 'latency', ms: LATE_MS });
      await control.addFault({
        operation: 'GET /blocks/latest',
        kind: 'status',
        status: 500,
        probability: 0.2,
      });
      const ask = (path: string) => (loop: number) =>
        post(`${api.url}${path}`, payments[loop]?.request ?? {});
      keepDoing(ask('/verify'), { loops: CALLERS, everyMs: LATE_MS });
      keepDoing(ask('/settle'), { loops: 1, everyMs: 250 });

      await watch.untilFiring('X402HighErrorRate', 'X402HighLatency');
      await watch.untilFiring('X402ProviderErrors', 'X402RpcSlow', 'X402FollowerStuck');
      await control.clearFaults();
      await control.forge(1);
    });

    it('a provider that cannot be reached fires X402ProviderDown and X402NoHealthyProvider', async () => {
      await stack().control.addFault({ kind: 'drop-before' });
      await watch.untilFiring('X402ProviderDown', 'X402NoHealthyProvider');
      await stack().control.clearFaults();
    });

    it('an API that is gone fires X402ApiDown', async () => {
      await api.process.stop();
      await watch.untilFiring('X402ApiDown');
      api = await stack().startApi();
      await prometheus.setTargets('x402-api', [api]);
    });

    it('settlements that no worker takes fire X402BacklogAge', async () => {
      await watch.untilFiring('X402BacklogAge');
      expect(await ops('resume')).toMatchObject({ code: 0 });
      for (const transaction of held) await reaches(transaction, 'submitted');
      await stack().control.forge(2);
      for (const transaction of held) await reaches(transaction, 'confirmed');
    });
  });

  it('each of them clears once its cause is gone', async () => {
    const induced = [
      'X402ApiDown',
      'X402BacklogAge',
      'X402FollowerStuck',
      'X402HighErrorRate',
      'X402HighLatency',
      'X402NoHealthyProvider',
      'X402ProviderDown',
      'X402Rollback',
      'X402ProviderErrors',
      'X402RpcSlow',
      'X402SettlementFailed',
    ];
    expect(await watch.everFiring()).toEqual(expect.arrayContaining(induced));
    await watch.untilCleared(...induced);
  });
});
