import { waitUntil } from '@x402-facilitator/tools/processes';
import { type FundedPayer, fundPayer } from '@x402-facilitator/tools/stack';
import { beforeAll, describe, expect, it } from 'vitest';
import { get, type Order, post, signPayment } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

/** Blocks come only when a test forges one. At the end of each test, at least one API and one worker run. */
const stack = useStack({ blockMs: 0, apis: 1, workers: 1, paywall: false });

let payer: FundedPayer;
beforeAll(async () => {
  payer = await fundPayer(stack(), { outputs: 20 });
});

const sign = (order?: Order) => signPayment(stack(), payer, order);
/** The replica that was started last. */
const latest = (tier: 'apis' | 'workers') => replica(stack()[tier], stack()[tier].length - 1);

async function stateReached(transaction: string, state: string) {
  return waitUntil(
    async () => {
      const { body } = await get(`${latest('apis').url}/status/${transaction}`);
      return body.state === state && body;
    },
    { what: `${transaction} to be ${state}`, timeoutMs: 25_000 },
  );
}

async function enqueue(): Promise<string> {
  const { transaction, request } = await sign({ confirmations: 0 });
  const { status } = await post(`${latest('apis').url}/settle`, request, { prefer: 'respond-async' });
  expect(status).toBe(202);
  return transaction;
}

async function confirmed(transaction: string): Promise<void> {
  await stateReached(transaction, 'submitted');
  await stack().control.forge();
  await stateReached(transaction, 'confirmed');
  expect(await stack().control.submission(transaction)).toMatchObject({ submitted: 1, applied: 1 });
}

describe('SIGTERM of an API', () => {
  it('answers its open /settle with settlement_pending, exits 0, and another API finishes the same settlement', async () => {
    const going = latest('apis');
    const { transaction, request } = await sign({ confirmations: 0 });
    const open = post(`${going.url}/settle`, request);
    await stateReached(transaction, 'submitted');
    const staying = await stack().startApi();

    going.process.signal('SIGTERM');
    const { status, body } = await open;
    expect(status).toBe(202);
    expect(body).toMatchObject({ success: false, errorReason: 'settlement_pending', transaction });
    expect(await going.process.exited).toEqual({ code: 0, signal: null });
    await expect(fetch(`${going.url}/live`)).rejects.toThrow();

    const resumed = post(`${staying.url}/settle`, request);
    await stack().control.forge();
    expect((await resumed).body).toMatchObject({ success: true, transaction });
    expect(await stack().control.submission(transaction)).toMatchObject({ submitted: 1 });
  });

  it('ends an open long poll with the current status', async () => {
    const going = latest('apis');
    const transaction = await enqueue();
    await stateReached(transaction, 'submitted');
    const open = get(`${going.url}/status/${transaction}?wait=60`);
    await stack().startApi();
    going.process.signal('SIGTERM');
    expect((await open).body).toMatchObject({ transaction, status: 'pending' });
    expect(await going.process.exited).toEqual({ code: 0, signal: null });
  });
});

describe('workers', () => {
  it('either of two alone suffices', async () => {
    const first = latest('workers');
    const second = await stack().startWorker();
    expect(await first.process.stop()).toEqual({ code: 0, signal: null });
    await confirmed(await enqueue());

    await stack().startWorker();
    expect(await second.process.stop()).toEqual({ code: 0, signal: null });
    await confirmed(await enqueue());
  });

  it('that stop on SIGTERM leave pending settlements to the next', async () => {
    const going = latest('workers');
    const transaction = await enqueue();
    await stateReached(transaction, 'submitted');
    expect(await going.process.stop()).toEqual({ code: 0, signal: null });
    await stack().control.forge();
    await stack().startWorker();
    await stateReached(transaction, 'confirmed');
    expect(await stack().control.submission(transaction)).toMatchObject({ submitted: 1 });
  });

  it('may all be away: a settlement waits in the queue, and /health says degraded', async () => {
    expect(await latest('workers').process.stop()).toEqual({ code: 0, signal: null });
    const transaction = await enqueue();
    await stateReached(transaction, 'queued');
    await waitUntil(async () => (await get(`${latest('apis').url}/health`)).body.status === 'degraded', {
      what: '/health to notice that no worker is left',
      timeoutMs: 30_000,
    });
    await stack().startWorker();
    await confirmed(transaction);
  });

  it('killed at any moment are replaced by the next', async () => {
    const killed = latest('workers');
    const transaction = await enqueue();
    killed.process.signal('SIGKILL');
    expect(await killed.process.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await stack().startWorker();
    await stateReached(transaction, 'submitted');
    await stack().control.forge();
    await stateReached(transaction, 'confirmed');
    expect(await stack().control.submission(transaction)).toMatchObject({ accepted: 1, applied: 1 });
  });
});
