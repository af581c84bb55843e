import { ok, outRefKey, parseOutRef } from '@x402-facilitator/cardano';
import { createPoolTransactionStore } from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { expect, it } from 'vitest';
import { buildPoolTransaction } from '../src/sponsorship/build-pool-transaction.js';
import { openWallet } from '../src/wallet/index.js';
import { type Facilitator, NETWORK } from './support/facilitator.js';
import {
  POOL_LOVELACE,
  type Sponsoring,
  sponsoringConfig,
  sponsoringOn,
  WALLET,
} from './support/sponsored.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();

const LEASE_FENCE = '{x402}:journal:preview:lease-fence';
const transactionsOf = (here: Facilitator) =>
  createPoolTransactionStore({ redis: here.redis, network: NETWORK });
const breakerOf = async ({ store }: Sponsoring) => present(await store.readPool()).breaker;

/** Forges blocks until the wallet's own transaction is included. */
async function settles(here: Facilitator) {
  await expect
    .poll(async () => {
      here.forge();
      return transactionsOf(here).read();
    })
    .toEqual(ok(undefined));
}

/** The wallet's own transaction as a worker makes it, from all outputs at its address. */
async function poolTransactionOn(here: Facilitator, validForMs: number) {
  const wallet = await openWallet({
    network: NETWORK,
    secret: { kind: 'privateKey', privateKey: WALLET.privateKey },
    blockfrost: { url: here.devnet.url },
  });
  const inputs = [...(here.devnet.ledger.chain.index.get(wallet.address)?.unspent ?? [])].map(
    ({ output }) => ({
      outRef: output.outRef,
      lovelace: output.lovelace,
      isPlainAda: true,
    }),
  );
  return buildPoolTransaction({
    wallet,
    plan: { inputs, create: 4 },
    utxoLovelace: POOL_LOVELACE,
    parameters: here.devnet.ledger.parameters(),
    validUntilMs: here.devnet.ledger.nowMs() + validForMs,
  });
}

it('nothing is lent until the wallet has money, and a low balance or pool opens the breaker again', async () => {
  const { here } = await open({ config: sponsoringConfig({ minBalanceLovelace: 20_000_000 }) });
  const sponsoring = await sponsoringOn(here);
  await expect.poll(() => breakerOf(sponsoring)).toBe('the balance of the wallet is low');
  await expect(sponsoring.pay()).rejects.toThrow('the balance of the wallet is low');
  sponsoring.fundWallet(23_000_000n);
  await sponsoring.poolHolds(4);
  await expect.poll(() => breakerOf(sponsoring)).toBeUndefined();
  // Three payments later the wallet has less than its minimum.
  for (let count = 0; count < 3; count += 1) {
    const payment = await sponsoring.settle();
    await here.reaches(payment, 'submitted');
    here.forge(2);
    await here.reaches(payment, 'confirmed');
  }
  await expect.poll(() => breakerOf(sponsoring)).toBe('the balance of the wallet is low');
});

it('a provider that does not answer does not look like an empty wallet: the published pool stays', async () => {
  const { here } = await open({ config: sponsoringConfig() });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(100_000_000n);
  await sponsoring.poolHolds(4);
  here.devnet.faults.add({ operation: 'GET /addresses/{address}/utxos', kind: 'status', status: 503 });
  const failures = () =>
    here.logs().filter(({ message }) => message === 'keeping the pool failed and is tried again').length;
  await expect.poll(failures).toBeGreaterThan(1);
  expect(await sponsoring.store.counts()).toMatchObject({ free: 4 });
  expect(await breakerOf(sponsoring)).toBeUndefined();
});

it('change that comes back is merged into the pool, without touching lent outputs', async () => {
  const { here } = await open({ config: sponsoringConfig() });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(30_000_000n);
  await sponsoring.poolHolds(4);
  const lent = await sponsoring.pay();
  for (let count = 0; count < 3; count += 1) {
    const payment = await sponsoring.settle();
    await here.reaches(payment, 'submitted');
    here.forge(2);
    await here.reaches(payment, 'confirmed');
  }
  await sponsoring.poolHolds(3);
  const { poolCount } = present(await sponsoring.store.books());
  expect(poolCount).toBeGreaterThan(1);
  const output = parseOutRef(lent.sponsorship.input);
  const held = [...(here.devnet.ledger.chain.index.get(sponsoring.walletAddress)?.unspent ?? [])];
  expect(held.map(({ output: { outRef } }) => outRefKey(outRef))).toContain(output && outRefKey(output));
});

it('outputs with tokens are left alone', async () => {
  const { here } = await open({ config: sponsoringConfig() });
  const sponsoring = await sponsoringOn(here);
  const grant = { address: sponsoring.walletAddress, lovelace: 50_000_000n, outputs: 1 };
  here.devnet.faucet.grant({ ...grant, assets: new Map([[Buffer.from('gift').toString('hex'), 5n]]) });
  await expect.poll(() => breakerOf(sponsoring)).toBe('the balance of the wallet is low');
  sponsoring.fundWallet(60_000_000n);
  await sponsoring.poolHolds(4);
  const held = [...(here.devnet.ledger.chain.index.get(sponsoring.walletAddress)?.unspent ?? [])];
  expect(held.filter(({ output }) => output.assets.size > 0)).toMatchObject([
    { output: { lovelace: 50_000_000n } },
  ]);
});

it('a dead worker’s transaction is sent and followed by the next worker, which makes no second one', async () => {
  const { here } = await open({ workers: 0, config: sponsoringConfig() });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(100_000_000n);
  await here.redis.set(LEASE_FENCE, 7);
  const begun = await poolTransactionOn(here, 600_000);
  const transactions = transactionsOf(here);
  expect(await transactions.begin(6, begun)).toBe(false);
  expect(await transactions.begin(7, begun)).toBe(true);
  expect(await transactions.begin(7, begun)).toBe(false);
  expect(present(await transactions.read())).toEqual(begun);
  await here.startWorker();
  await expect.poll(() => here.devnet.ledger.submissions.get(begun.txHash)?.submitted).toBe(1);
  await settles(here);
  await sponsoring.poolHolds(4);
  expect(present(await sponsoring.store.books())).toMatchObject({
    poolCount: 1,
    poolFeeLovelace: begun.feeLovelace,
  });
  expect(sponsoring.balance()).toBe(100_000_000n - begun.feeLovelace);
});

it('a transaction past its TTL is given up, costs nothing, and is replaced', async () => {
  const { here } = await open({ workers: 0, config: sponsoringConfig() });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(100_000_000n);
  await here.redis.set(LEASE_FENCE, 7);
  const begun = await poolTransactionOn(here, 60_000);
  await transactionsOf(here).begin(7, begun);
  here.leap(300_000);
  here.forge();
  await here.startWorker();
  await sponsoring.poolHolds(4);
  expect(here.devnet.ledger.submissions.get(begun.txHash)).toBeUndefined();
  const { poolCount, poolFeeLovelace } = present(await sponsoring.store.books());
  expect(poolCount).toBe(1);
  expect(sponsoring.balance()).toBe(100_000_000n - poolFeeLovelace);
});
