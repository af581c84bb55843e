import type { Devnet } from '@x402-facilitator/devnet';
import { describe, expect, it } from 'vitest';
import { control, devnetForTest, get, submit } from './support/http.js';
import { Payer } from './support/payer.js';
import { expectDocumented } from './support/schema.js';

const ADA = 1_000_000n;

async function payment(devnet: Devnet) {
  const payer = new Payer();
  return payer.pay({
    from: payer.fund(devnet, 10n * ADA),
    targets: [{ to: payer.addressBytes, lovelace: 2n * ADA }],
  });
}

describe('faults', () => {
  for (const status of [402, 403, 418, 425, 429, 500, 503]) {
    it(`answer a submission with ${status} and keep it from the ledger`, async () => {
      const devnet = await devnetForTest();
      const { id, bytes } = await payment(devnet);
      await control(devnet, '/faults', { operation: 'POST /tx/submit', kind: 'status', status, count: 1 });
      const reply = await submit(devnet, bytes);
      expect(reply.status).toBe(status);
      if (status !== 402 && status !== 503) expectDocumented('/tx/submit', status, reply.body);
      expect(devnet.ledger.mempool.size).toBe(0);
      expect(devnet.ledger.submissions.get(id)).toMatchObject({ submitted: 1, lost: 1, accepted: 0 });
      expect((await submit(devnet, bytes)).body, 'the fault is used up').toBe(id);
    });
  }

  it('say when to retry', async () => {
    const devnet = await devnetForTest();
    await control(devnet, '/faults', { kind: 'status', status: 429, retryAfterSeconds: 7 });
    expect((await get(devnet, '/blocks/latest')).headers.get('retry-after')).toBe('7');
  });

  it('break the connection before the submission takes effect', async () => {
    const devnet = await devnetForTest();
    const { id, bytes } = await payment(devnet);
    await control(devnet, '/faults', { operation: '/tx/submit', kind: 'drop-before', count: 1 });
    await expect(submit(devnet, bytes)).rejects.toThrow();
    expect(devnet.ledger.mempool.get(id)).toBeUndefined();
    expect(devnet.ledger.submissions.get(id)).toMatchObject({ submitted: 1, lost: 1 });
  });

  it('break the connection after the submission took effect', async () => {
    const devnet = await devnetForTest();
    const { id, bytes } = await payment(devnet);
    await control(devnet, '/faults', { operation: '/tx/submit', kind: 'drop-after', count: 1 });
    await expect(submit(devnet, bytes)).rejects.toThrow();
    expect(devnet.ledger.mempool.get(id)).toBeDefined();
    expect(devnet.ledger.submissions.get(id)).toMatchObject({ submitted: 1, lost: 0, accepted: 1 });
  });

  it('answer 500 although the submission took effect', async () => {
    const devnet = await devnetForTest();
    const { id, bytes } = await payment(devnet);
    await control(devnet, '/faults', { operation: '/tx/submit', kind: 'status', status: 500, when: 'after' });
    expect((await submit(devnet, bytes)).status).toBe(500);
    expect(devnet.ledger.mempool.get(id)).toBeDefined();
  });

  it('never answer', async () => {
    const devnet = await devnetForTest();
    await control(devnet, '/faults', { operation: 'GET /blocks/latest', kind: 'hang' });
    const waiting = fetch(`${devnet.url}/blocks/latest`, { signal: AbortSignal.timeout(200) });
    await expect(waiting).rejects.toThrow(/timeout|aborted/i);
    expect((await get(devnet, '/health')).status, 'other operations go on').toBe(200);
  });

  it('delay an answer', async () => {
    const devnet = await devnetForTest();
    await control(devnet, '/faults', { operation: '/health', kind: 'latency', ms: 150 });
    const start = performance.now();
    expect((await get(devnet, '/health')).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(145);
  });

  it('answer reads as of some blocks ago', async () => {
    const devnet = await devnetForTest();
    const { id, bytes } = await payment(devnet);
    await submit(devnet, bytes);
    devnet.timer.forge(1);
    const spent = devnet.ledger.chain.transaction(id)?.transaction.inputs[0];
    await control(devnet, '/faults', { operation: 'GET *', kind: 'stale', blocks: 1 });

    expect((await get(devnet, '/blocks/latest')).body).toMatchObject({ height: 2, next_block: null });
    expect((await get(devnet, `/txs/${id}`)).status).toBe(404);
    expect((await get(devnet, `/txs/${spent?.txHash}/utxos`)).body).toMatchObject({
      outputs: [{ consumed_by_tx: null }, {}],
    });
    await control(devnet, '/faults', {}, 'DELETE');
    expect((await get(devnet, `/txs/${id}`)).status).toBe(200);
    expect((await get(devnet, `/txs/${spent?.txHash}/utxos`)).body).toMatchObject({
      outputs: [{ consumed_by_tx: id }, {}],
    });
  });

  it('hit only the requests that their pattern names', async () => {
    const devnet = await devnetForTest();
    const { id, bytes } = await payment(devnet);
    await submit(devnet, bytes);
    devnet.timer.forge(1);
    await control(devnet, '/faults', { operation: 'GET /txs/{hash}/utxos', kind: 'status', status: 500 });
    await control(devnet, '/faults', { operation: '/addresses/*', kind: 'status', status: 503 });
    const statuses = await Promise.all(
      [`/txs/${id}`, `/txs/${id}/utxos`, '/addresses/x/utxos', '/blocks/latest'].map(
        async (path) => (await get(devnet, path)).status,
      ),
    );
    expect(statuses).toEqual([200, 500, 503, 200]);
  });

  it('hit by chance', async () => {
    const draws = [0.1, 0.9, 0.49, 0.5];
    const devnet = await devnetForTest({ random: () => draws.shift() ?? 1 });
    await control(devnet, '/faults', { kind: 'status', status: 500, probability: 0.5 });
    const statuses = [];
    for (let request = 0; request < 4; request += 1) statuses.push((await get(devnet, '/health')).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
    expect((await control(devnet, '/faults')).body).toMatchObject({ faults: [{ hits: 2 }] });
  });

  it('are listed and removed one by one', async () => {
    const devnet = await devnetForTest();
    const first = await control(devnet, '/faults', { kind: 'drop-after' });
    await control(devnet, '/faults', { kind: 'stale', blocks: 2 });
    const { id } = first.body as { id: number };
    const reply = await control(devnet, `/faults/${id}`, {}, 'DELETE');
    expect(reply.body).toMatchObject({ faults: [{ kind: 'stale', blocks: 2, operation: '*' }] });
    expect((await control(devnet, `/faults/${id}`, {}, 'DELETE')).status).toBe(404);
  });

  it('that are invalid are refused with every mistake named', async () => {
    const devnet = await devnetForTest();
    const unknown = await control(devnet, '/faults', { kind: 'explode' });
    expect(unknown).toMatchObject({ status: 400, body: { message: expect.stringContaining('kind') } });
    const out = await control(devnet, '/faults', { kind: 'status', status: 200, probability: 2 });
    expect(out.status).toBe(400);
    expect((out.body as { message: string }).message).toMatch(/probability.*status|status.*probability/);
  });
});
