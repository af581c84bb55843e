import { createChainWindowStore } from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { describe, expect, it } from 'vitest';
import { NETWORK } from './support/facilitator.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

describe('a payment', () => {
  it.each([0, 1, 3])('is confirmed at depth %i and never before', async (requiredConfirmations) => {
    const { here, payer } = await open();
    const payment = await payer.sign({ requiredConfirmations });
    await here.settle(payment);
    await here.reaches(payment, 'submitted');
    here.forge();
    for (let depth = 0; depth < requiredConfirmations; depth += 1) {
      await expect.poll(async () => (await here.read(payment.txHash)).confirmations).toBe(depth);
      expect((await here.read(payment.txHash)).state).toBe('included');
      here.forge();
    }
    const settlement = await here.reaches(payment, 'confirmed');
    const { hash, height } = here.devnet.ledger.chain.tip;
    expect(settlement.confirmations).toBe(requiredConfirmations);
    expect(settlement.block?.height).toBe(height - requiredConfirmations);
    if (requiredConfirmations === 0) expect(settlement.block?.hash).toBe(hash);
    expect(here.submissionsOf(payment)).toBe(1);
  });

  it('that is only in the mempool is confirmed under an allowed -1 policy, and gets its block later', async () => {
    const { here, payer } = await open({ config: { settle: { acceptMempool: true } } });
    const payment = await payer.sign({ requiredConfirmations: -1 });
    await here.settle(payment);
    const settlement = await here.reaches(payment, 'confirmed');
    expect(settlement.confirmations).toBe(-1);
    expect(settlement.block).toBeUndefined();
    here.forge();
    await expect.poll(async () => (await here.read(payment.txHash)).block?.height).toBeDefined();
    expect((await here.read(payment.txHash)).state).toBe('confirmed');
  });

  it('under a -1 policy waits for a block where the operator does not accept the mempool', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ requiredConfirmations: -1 });
    await here.settle(payment);
    await here.reaches(payment, 'submitted');
    here.forge();
    expect((await here.reaches(payment, 'confirmed')).confirmations).toBe(0);
  });

  it('is submitted exactly once by two workers, thirty payments at a time', async () => {
    const { here, payer } = await open({ workers: 2, outputs: 30 });
    const payments = [];
    for (let index = 0; index < 30; index += 1) payments.push(await payer.sign({ requiredConfirmations: 0 }));
    await Promise.all(payments.map(here.settle));
    await Promise.all(payments.map((payment) => here.reaches(payment, 'submitted')));
    here.forge();
    await Promise.all(payments.map((payment) => here.reaches(payment, 'confirmed')));
    expect(payments.map(here.submissionsOf)).toEqual(payments.map(() => 1));
    expect(here.devnet.requests.snapshot().operations['POST /tx/submit']).toBe(30);
  });

  it('leaves one log line per transition, with the fields of a settlement and none of its bytes', async () => {
    const { here, payer } = await open();
    const payment = await payer.sign({ requiredConfirmations: 1 });
    await here.settle({ ...payment, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    await here.reaches(payment, 'submitted');
    here.forge();
    await here.reaches(payment, 'included');
    here.forge();
    await here.reaches(payment, 'confirmed');
    const lines = here.logs().filter((line) => String(line.message).startsWith('settlement '));
    expect(lines.map(({ message }) => message)).toEqual([
      'settlement submitting',
      'settlement submitted',
      'settlement included',
      'settlement confirmed',
    ]);
    expect(lines.at(-1)).toMatchObject({
      level: 'info',
      tier: 'worker',
      network: NETWORK,
      transaction: payment.txHash,
      userId: payment.payer,
      traceId: 'a'.repeat(32),
      duration: expect.any(Number),
      metadata: { from: 'included', to: 'confirmed', attempts: 1, confirmations: 1 },
    });
    expect(JSON.stringify(here.logs())).not.toContain(
      Buffer.from(payment.signedTransaction).toString('hex').slice(0, 100),
    );
  });
});

describe('what it costs', () => {
  it('nothing at all while nothing is pending', async () => {
    const { here, payer } = await open({
      config: { chain: { follower: { tickMs: 50, stabilityWindowSeconds: 0 } } },
    });
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'submitted');
    here.forge();
    await expect.poll(async () => (await here.read(payment.txHash)).finalAtMs).toBeDefined();
    here.devnet.requests.clear();
    const before = await here.redis.info('commandstats');
    await expect
      .poll(async () => callsOf(await here.redis.info('commandstats'), 'zcard') - callsOf(before, 'zcard'))
      .toBeGreaterThan(30);
    expect(here.devnet.requests.snapshot().total).toBe(0);
  });

  it('the same per block for one payment in flight as for twenty', async () => {
    const { here, payer } = await open({ outputs: 21 });
    const windows = createChainWindowStore({ redis: here.redis, network: NETWORK });
    const costs: number[] = [];
    for (const count of [1, 20]) {
      const payments = [];
      for (let index = 0; index < count; index += 1) payments.push(await payer.sign());
      await Promise.all(payments.map(here.settle));
      await Promise.all(payments.map((payment) => here.reaches(payment, 'submitted')));
      // The follower's first look asks for each payment that is on its way: once, and not per block.
      await expect.poll(async () => present(await windows.read()).length).toBeGreaterThan(0);
      here.devnet.requests.clear();
      here.forge();
      await Promise.all(payments.map((payment) => here.reaches(payment, 'included')));
      const { operations } = here.devnet.requests.snapshot();
      costs.push(
        Object.entries(operations)
          .filter(([operation]) => operation !== 'GET /blocks/latest')
          .reduce((sum, [, calls]) => sum + calls, 0),
      );
      here.forge();
      await Promise.all(payments.map((payment) => here.reaches(payment, 'confirmed')));
    }
    expect(costs).toEqual([1, 1]);
  });
});

function callsOf(commandStats: string, command: string): number {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(commandStats)?.[1] ?? 0);
}
