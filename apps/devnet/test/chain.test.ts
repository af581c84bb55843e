import { blake2b256, type TxHash } from '@x402-facilitator/cardano';
import { encode } from 'cbor2';
import { describe, expect, it } from 'vitest';
import { control, devnetForTest, get, submit } from './support/http.js';
import { type Coin, coinOf, Payer } from './support/payer.js';

const ADA = 1_000_000n;
const FEE = 200_000n;

async function fundedPayer(outputs = 1, options = {}) {
  const devnet = await devnetForTest(options);
  const payer = new Payer();
  const coins = payer.fund(devnet, BigInt(outputs) * 10n * ADA, outputs);
  const [coin] = coins;
  if (coin === undefined) throw new Error('the faucet gave no coins');
  return { devnet, payer, coins, coin };
}

/** Pays a coin to its own owner, whole. */
function renew(payer: Payer, coin: Coin, ttl?: number) {
  const rest = coin.lovelace - FEE;
  const payment = payer.pay({
    from: [coin],
    targets: [{ to: payer.addressBytes, lovelace: rest }],
    ...(ttl === undefined ? {} : { ttl }),
  });
  return { ...payment, coin: coinOf(payment, 0, rest) };
}

describe('the mempool', () => {
  it('accepts a chain of payments that spend each other’s outputs, and a block includes them in that order', async () => {
    const { devnet, payer, coin } = await fundedPayer();
    const ids: TxHash[] = [];
    let next = coin;
    for (let length = 0; length < 5; length += 1) {
      const payment = renew(payer, next);
      expect((await submit(devnet, payment.bytes)).status).toBe(200);
      ids.push(payment.id);
      next = payment.coin;
    }
    expect((await get(devnet, '/mempool')).body).toEqual(ids.map((id) => ({ tx_hash: id })));
    expect((await get(devnet, `/txs/${ids[0]}`)).status, 'not on the chain yet').toBe(404);

    devnet.timer.forge(1);
    expect((await get(devnet, '/blocks/latest/txs')).body).toEqual(ids);
    expect((await get(devnet, '/mempool')).body).toEqual([]);
    const { body } = await get(devnet, `/txs/${ids[0]}/utxos`);
    expect(body).toMatchObject({ outputs: [{ consumed_by_tx: ids[1] }] });
  });

  it('does not mark an output as consumed before a block holds the spender', async () => {
    const { devnet, payer, coin } = await fundedPayer();
    await submit(devnet, renew(payer, coin).bytes);
    const { body } = await get(devnet, `/txs/${coin.outRef.txHash}/utxos`);
    expect(body).toMatchObject({ outputs: [{ output_index: 0, consumed_by_tx: null }, {}] });
  });

  it('drops a payment whose validity ends before a block comes, and those that spend its outputs', async () => {
    const { devnet, payer, coin } = await fundedPayer();
    const expiring = renew(payer, coin, devnet.ledger.currentSlot() + 30);
    const dependent = renew(payer, expiring.coin);
    for (const { bytes } of [expiring, dependent]) expect((await submit(devnet, bytes)).status).toBe(200);
    await control(devnet, '/clock', { offsetMs: 60_000 });
    const { body } = await control(devnet, '/blocks', { count: 1 });
    expect(body).toMatchObject({ blocks: [{ transactions: [] }] });
    expect(devnet.ledger.mempool.size).toBe(0);
    expect((await get(devnet, `/mempool/${expiring.id}`)).status).toBe(404);
    expect((await submit(devnet, expiring.bytes)).status, 'and does not accept it again').toBe(400);
  });

  it('answers 425 when it is full, and accepts the payment once a block made room', async () => {
    const { devnet, payer, coins } = await fundedPayer(2, { mempoolBytes: 1_500 });
    const [first, second] = coins;
    if (first === undefined || second === undefined) throw new Error('two coins expected');
    let next = first;
    let reply = await submit(devnet, renew(payer, next).bytes);
    while (reply.status === 200) {
      next = renew(payer, next).coin;
      reply = await submit(devnet, renew(payer, next).bytes);
    }
    expect(reply).toMatchObject({ status: 425, body: { error: 'Mempool Full' } });
    devnet.timer.forge(1);
    expect((await submit(devnet, renew(payer, second).bytes)).status).toBe(200);
  });
});

describe('blocks', () => {
  it('come on a timer, pause, and go on', async () => {
    const devnet = await devnetForTest({ blockMs: 20 });
    const heightOf = () => devnet.ledger.chain.tip.height;
    await expect.poll(heightOf).toBeGreaterThan(3);
    expect((await control(devnet, '/pause', {})).body).toMatchObject({ running: false });
    const paused = heightOf();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heightOf()).toBe(paused);
    await control(devnet, '/resume', {});
    await expect.poll(heightOf).toBeGreaterThan(paused);
  });

  it('have slots of the wall clock under the public network’s own eras', async () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const starts = {
      preview: 1_666_656_000,
      preprod: 1_655_769_600 - 86_400,
      mainnet: 1_596_059_091 - 4_492_800,
    };
    for (const network of ['preview', 'preprod', 'mainnet'] as const) {
      const devnet = await devnetForTest({ network, nowMs: () => nowMs });
      const { body } = await get(devnet, '/blocks/latest');
      expect(body, network).toMatchObject({ slot: nowMs / 1000 - starts[network], time: nowMs / 1000 });
    }
  });

  it('hold no more bytes than the protocol allows; the rest waits for the next', async () => {
    const { devnet, payer, coins } = await fundedPayer(80);
    const auxiliaryData = encode(new Map([[1, Array<Uint8Array>(16).fill(new Uint8Array(64))]]));
    for (const coin of coins) {
      const large = payer.pay({
        from: [coin],
        targets: [],
        fee: 300_000n,
        auxiliaryData,
        body: new Map([[7, blake2b256(auxiliaryData)]]),
      });
      expect(devnet.ledger.submit(large.bytes).kind).toBe('accepted');
    }
    const [first, second] = devnet.timer.forge(2);
    expect(first?.bodyBytes).toBeLessThanOrEqual(90_112);
    expect((first?.transactions.length ?? 0) + (second?.transactions.length ?? 0)).toBe(80);
    expect(second?.transactions.length).toBeGreaterThan(0);
  });
});

describe('a rollback', () => {
  it('returns the payments to the mempool, and the next block includes them again', async () => {
    const { devnet, payer, coin } = await fundedPayer();
    const first = renew(payer, coin);
    const second = renew(payer, first.coin);
    await submit(devnet, first.bytes);
    devnet.timer.forge(1);
    await submit(devnet, second.bytes);
    const [replaced] = devnet.timer.forge(1);

    const reply = await control(devnet, '/rollback', { blocks: 2 });
    expect(reply.body).toMatchObject({
      rolledBack: [{ transactions: [second.id] }, { transactions: [first.id] }],
      tip: { hash: devnet.ledger.chain.tip.hash },
    });
    expect((await get(devnet, `/txs/${first.id}`)).status).toBe(404);
    expect((await get(devnet, `/blocks/${replaced?.hash}`)).status).toBe(404);
    expect((await get(devnet, `/txs/${coin.outRef.txHash}/utxos`)).body).toMatchObject({
      outputs: [{ consumed_by_tx: null }, {}],
    });
    expect((await get(devnet, '/mempool')).body).toEqual([{ tx_hash: first.id }, { tx_hash: second.id }]);

    const [again] = devnet.timer.forge(1);
    expect(again?.transactions.map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(devnet.ledger.submissions.get(first.id)).toMatchObject({
      submitted: 1,
      applied: 2,
      rolledBack: 1,
    });
  });

  it('drops the payments and those that wait for their outputs; the same bytes may be sent again', async () => {
    const { devnet, payer, coin } = await fundedPayer();
    const first = renew(payer, coin);
    const waiting = renew(payer, first.coin);
    await submit(devnet, first.bytes);
    devnet.timer.forge(1);
    await submit(devnet, waiting.bytes);
    await control(devnet, '/rollback', { blocks: 1, transactions: 'vanish' });
    expect((await get(devnet, '/mempool')).body).toEqual([]);

    expect((await submit(devnet, first.bytes)).body).toBe(first.id);
    devnet.timer.forge(1);
    expect((await get(devnet, `/txs/${first.id}`)).status).toBe(200);
  });

  it('replaces blocks by others, even within the same second', async () => {
    const devnet = await devnetForTest({ nowMs: () => Date.UTC(2026, 5, 1) });
    const before = devnet.timer.forge(3).map(({ hash }) => hash);
    await control(devnet, '/rollback', { blocks: 3 });
    const after = devnet.timer.forge(3).map(({ hash }) => hash);
    expect(new Set([...before, ...after]).size).toBe(6);
  });

  it('restores every index: addresses, assets and their order', async () => {
    const { devnet, payer, coins } = await fundedPayer(3);
    const listing = async () => (await get(devnet, `/addresses/${payer.address}/utxos`)).body;
    const history = async () => (await get(devnet, `/addresses/${payer.address}/transactions`)).body;
    const before = [await listing(), await history(), devnet.ledger.chain.unspentCount];
    for (const coin of coins.toReversed()) await submit(devnet, renew(payer, coin).bytes);
    devnet.timer.forge(1);
    expect(await listing()).not.toEqual(before[0]);
    await control(devnet, '/rollback', { blocks: 1, transactions: 'vanish' });
    expect([await listing(), await history(), devnet.ledger.chain.unspentCount]).toEqual(before);
  });

  it('cannot take the genesis block', async () => {
    const { devnet } = await fundedPayer();
    const reply = await control(devnet, '/rollback', { blocks: 3 });
    expect(reply).toMatchObject({
      status: 400,
      body: { message: 'blocks: expected at most 2 (genesis stays), found 3' },
    });
  });

  it('does not break the faucet', async () => {
    const { devnet, payer } = await fundedPayer();
    await control(devnet, '/rollback', { blocks: 1 });
    payer.fund(devnet, 5n * ADA);
    const { body } = await get(devnet, `/addresses/${payer.address}`);
    expect(body).toMatchObject({ amount: [{ unit: 'lovelace', quantity: '15000000' }] });
  });
});
