import { changeTo, journalKeys } from '@x402-facilitator/journal/testing';
import { describe, expect, it } from 'vitest';
import { type Facilitator, NETWORK } from './support/facilitator.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

it('a confirmed payment whose block leaves the chain is taken back and confirmed again in its new block', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 1 });
  const first = await here.confirm(payment, 2);

  // The chain that replaces it is longer, but holds the payment only at its end.
  here.devnet.ledger.rollback(2, 'vanish');
  here.forge(2);
  here.devnet.ledger.submit(payment.signedTransaction);
  here.forge(1);
  const taken = await here.reaches(payment, 'included');
  expect(taken).not.toHaveProperty('settledAtMs');
  here.forge(1);
  const second = await here.reaches(payment, 'confirmed');
  expect(second.block?.hash).not.toBe(first.block?.hash);
  expect(second.confirmations).toBe(1);
  expect(second.revision).toBeGreaterThan(first.revision);
  expect(here.logs().filter(({ message }) => message === 'the chain rolled back')).toHaveLength(1);
});

it('a payment that a rollback returned to the mempool is not sent again', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 3 });
  await here.settle(payment);
  await here.reaches(payment, 'submitted');
  here.forge(2);
  await expect.poll(async () => (await here.read(payment.txHash)).confirmations).toBe(1);
  here.devnet.ledger.rollback(2, 'return');
  await here.reaches(payment, 'submitted');
  here.forge(4);
  await here.reaches(payment, 'confirmed');
  expect(here.submissionsOf(payment)).toBe(1);
});

it('a payment that a rollback removed is sent again with the same bytes', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.confirm(payment);
  here.devnet.ledger.rollback(1, 'vanish');
  here.forge(2);
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  await here.reaches(payment, 'submitted');
  here.forge();
  const settlement = await here.reaches(payment, 'confirmed');
  expect(settlement.attempts).toBe(2);
  expect(settlement.block?.hash).toBe(here.devnet.ledger.chain.tip.hash);
});

it('a payment below the fork keeps its block in any rollback', async () => {
  const { here, payer } = await open();
  const [deep, shallow] = [await payer.sign({ requiredConfirmations: 0 }), await payer.sign()];
  const before = await here.confirm(deep);
  await here.confirm(shallow, 5);
  here.devnet.ledger.rollback(5, 'return');
  here.forge(6);
  await expect
    .poll(() => here.logs().filter(({ message }) => message === 'the chain rolled back'))
    .toHaveLength(1);
  await here.reaches(shallow, 'confirmed');
  expect(await here.read(deep.txHash)).toEqual(before);
});

it('a rollback deeper than the kept blocks is handled as well', async () => {
  const { here, payer } = await open({
    config: { chain: { follower: { tickMs: 50, keepBlocks: 3 } } },
  });
  const payment = await payer.sign({ requiredConfirmations: 1 });
  const other = await payer.sign({ requiredConfirmations: 0 });
  await here.settle(other);
  await here.reaches(other, 'submitted');
  for (let block = 0; block < 3; block += 1) {
    here.forge();
    await expect
      .poll(
        async () => JSON.parse((await here.redis.get('{x402}:journal:preview:chain')) ?? '[]').at(-1)?.hash,
      )
      .toBe(here.devnet.ledger.chain.tip.hash);
  }
  await here.confirm(payment, 2);
  here.devnet.ledger.rollback(5, 'return');
  here.forge(8);
  const settlement = await here.reaches(payment, 'confirmed');
  await expect
    .poll(async () => {
      const { block } = await here.read(payment.txHash);
      return block !== undefined && here.devnet.ledger.chain.blockAt(block.height)?.hash === block.hash;
    })
    .toBe(true);
  expect(settlement.state).toBe('confirmed');
  const told = here.logs().find(({ message }) => message === 'the chain rolled back');
  expect(told, 'three blocks are known, and one of a settlement below them').toMatchObject({
    metadata: { blocks: 5 },
  });
});

it('an indexer that lags for a moment undoes nothing', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  const before = await here.confirm(payment, 3);
  here.devnet.faults.add({
    kind: 'stale',
    operation: 'GET /blocks/latest',
    blocks: 2,
    count: 1,
    probability: 1,
  });
  await expect.poll(() => here.devnet.faults.list()).toEqual([]);
  here.forge();
  await expect
    .poll(async () => JSON.parse((await here.redis.get('{x402}:journal:preview:chain')) ?? '[]').at(-1)?.hash)
    .toBe(here.devnet.ledger.chain.tip.hash);
  expect(await here.read(payment.txHash)).toEqual(before);
});

it('a confirmation past its stability window is final: no rollback changes it', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.confirm(payment);
  here.leap(601_000);
  await expect.poll(async () => (await here.read(payment.txHash)).finalAtMs).toBeDefined();
  expect(await here.journal.pending(NETWORK)).toEqual([]);
  here.devnet.ledger.rollback(1, 'vanish');
  here.forge(2);
  expect((await here.read(payment.txHash)).state).toBe('confirmed');
});

it('a payment confirmed only by the mempool is sent again when the mempool loses it', async () => {
  const { here, payer } = await open({ config: { settle: { acceptMempool: true } } });
  const payment = await payer.sign({ requiredConfirmations: -1 });
  await here.settle(payment);
  await here.reaches(payment, 'confirmed');
  here.forge();
  await expect.poll(async () => (await here.read(payment.txHash)).block).toBeDefined();
  here.devnet.ledger.rollback(1, 'vanish');
  here.forge(2);
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  expect((await here.reaches(payment, 'confirmed')).confirmations).toBe(-1);
});

it('a block that the follower has not reached gives a mempool’s confirmation no block: its rollback would be missed', async () => {
  const { here, payer } = await open({ config: { settle: { acceptMempool: true } } });
  const payment = await payer.sign({ requiredConfirmations: -1 });
  await here.settle(payment);
  await here.reaches(payment, 'confirmed');
  await expect.poll(() => windowHead(here)).toBe(here.devnet.ledger.chain.tip.hash);

  // One provider shows the transaction in a block; the follower's tip is a block behind it.
  here.devnet.faults.add({ kind: 'stale', operation: 'GET /blocks/latest', blocks: 1, probability: 1 });
  here.forge();
  here.leap(100_000);
  // A job looked, found the block, and left it to the follower for ten seconds.
  const dueIn = (ms: number) => here.journal.due(NETWORK, Date.now() + 100_000 + ms, 10);
  await expect.poll(() => dueIn(0)).toEqual([]);
  await expect.poll(() => dueIn(15_000)).toEqual([payment.txHash]);
  here.devnet.ledger.rollback(1, 'vanish');
  here.forge(2);
  here.devnet.faults.clear();

  here.leap(100_000);
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  here.forge();
  await expect
    .poll(async () => (await here.read(payment.txHash)).block?.hash)
    .toBe(here.devnet.ledger.chain.tip.hash);
});

/** The newest block that the follower has read. */
async function windowHead(here: Facilitator): Promise<unknown> {
  return JSON.parse((await here.redis.get('{x402}:journal:preview:chain')) ?? '[]').at(-1)?.hash;
}

describe('a worker that died while it matched a block, with a payment confirmed by it', () => {
  /** Leaves the journal as that worker would: the latest blocks are noted, and not matched yet. */
  async function interrupted(here: Facilitator, blocks = 1): Promise<void> {
    await Promise.all(here.workers.map((worker) => worker.stop()));
    const keys = journalKeys(NETWORK);
    const window = JSON.parse((await here.redis.get(keys.chainWindow)) ?? '[]') as { hash: string }[];
    expect(window.at(-1)?.hash).toBe(here.devnet.ledger.chain.tip.hash);
    const noted = window.slice(-blocks).map((point) => ({ ...point, transactionCount: 1 }));
    await here.redis.set(keys.chainWindow, JSON.stringify(window.slice(0, -blocks)));
    await here.redis.set(keys.nextBlocks, JSON.stringify(noted));
  }

  it('is followed by one that notices when the block leaves the chain', async () => {
    const { here, payer } = await open();
    await here.confirm(await payer.sign({ requiredConfirmations: 0 }));
    const payment = await payer.sign({ requiredConfirmations: 0 });
    await here.confirm(payment);
    await interrupted(here);
    here.devnet.ledger.rollback(1, 'vanish');
    here.forge(2);
    await here.startWorker();
    await expect.poll(() => here.submissionsOf(payment)).toBe(2);
    await here.reaches(payment, 'submitted');
    expect(here.logs().filter(({ message }) => message === 'the chain rolled back')).toHaveLength(1);
  });

  it('is followed by one that finds what else the block holds', async () => {
    const { here, payer } = await open();
    await here.confirm(await payer.sign({ requiredConfirmations: 0 }));
    const [payment, other] = [await payer.sign({ requiredConfirmations: 0 }), await payer.sign()];
    await here.settle(other);
    await here.reaches(other, 'submitted');
    await here.confirm(payment);
    await interrupted(here);
    await here.journal.transition(changeTo('submitted', { txHash: other.txHash, from: ['included'] }));
    await here.redis.zrem(journalKeys(NETWORK).due, other.txHash);
    await here.startWorker();
    await here.reaches(other, 'included');
    expect((await here.read(payment.txHash)).state).toBe('confirmed');
    expect(await here.redis.exists(journalKeys(NETWORK).nextBlocks)).toBe(0);
  });

  it('is followed by one that goes on, however many blocks it left', async () => {
    const { here, payer } = await open({
      config: { chain: { follower: { tickMs: 50, keepBlocks: 200 } } },
    });
    await here.confirm(await payer.sign({ requiredConfirmations: 0 }));
    const payment = await payer.sign({ requiredConfirmations: 120 });
    await here.confirm(payment, 121);
    await interrupted(here, 120);
    const later = await payer.sign({ requiredConfirmations: 0 });
    await here.startWorker();
    await here.confirm(later);
    expect((await here.read(payment.txHash)).state).toBe('confirmed');
    expect(await here.redis.exists(journalKeys(NETWORK).nextBlocks)).toBe(0);
  });
});
