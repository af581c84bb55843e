import type { OutRef } from '@x402-facilitator/cardano';
import { outRefKey, parseOutRef } from '@x402-facilitator/cardano';
import { connectChain } from '@x402-facilitator/chain';
import type { Devnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  disconnectRedis,
  type RedisRole,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { startRedis } from '@x402-facilitator/tools/redis';
import { expect, onTestFinished, test } from 'vitest';
import type { CacheLookup } from '../src/connect/chain-access.js';
import { bytesOf, devnetOf, payerOn, requirements } from './support/devnet-wallet.js';

const OUTPUTS = 'GET /txs/{hash}/utxos';

/** Replicas of one deployment: one Redis, one devnet. */
async function replicas(count: number, utxoTtlSeconds = 60) {
  const server = await startRedis();
  const devnet = await devnetOf();
  const settings = redisSettingsFromUrl(server.url);
  const lookups: CacheLookup[] = [];
  const connect = async (role: RedisRole) => {
    const redis = connectRedis({ settings, role, name: 'cache-test', onError: () => undefined });
    if (role !== 'subscriber') await redis.ping();
    onTestFinished(() => disconnectRedis(redis));
    return redis;
  };
  // Registered first, so it runs last.
  onTestFinished(() => server.stop());
  const chains = [];
  for (let index = 0; index < count; index += 1) {
    const chain = connectChain({
      network: 'cardano:preview',
      providers: [{ type: 'blockfrost', url: devnet.url }],
      utxoTtlSeconds,
      redis: await connect('worker'),
      subscriber: await connect('subscriber'),
      clock: Date.now,
      logger: createLogger({ tier: 'api', logging: { level: 'error', pretty: false } }),
      observer: { onCacheLookup: (lookup) => void lookups.push(lookup) },
    });
    onTestFinished(() => chain.close());
    chains.push(chain);
  }
  const callsFor = async (read: () => Promise<unknown>): Promise<number> => {
    const before = devnet.requests.snapshot().operations[OUTPUTS] ?? 0;
    await read();
    return (devnet.requests.snapshot().operations[OUTPUTS] ?? 0) - before;
  };
  return { devnet, chains, lookups, callsFor };
}

async function paymentOn(devnet: Devnet) {
  const { wallet, payTo } = await payerOn(devnet);
  const payment = await wallet.sign(requirements(payTo));
  const nonce = parseOutRef(payment.nonce);
  if (nonce === undefined) throw new Error('no nonce');
  return { payment, nonce };
}

test('what one replica has read costs the others no call, and is exactly the same', async () => {
  const { devnet, chains, lookups, callsFor } = await replicas(2);
  const [one, other] = chains;
  const { nonce } = await paymentOn(devnet);
  const read = (chain: typeof one) => chain?.readOutputs([nonce], { fresh: false });
  const first = await read(one);
  expect(await callsFor(async () => expect(await read(other)).toStrictEqual(first))).toBe(0);
  expect(await callsFor(() => Promise.all([read(one), read(other)]))).toBe(0);
  expect(lookups.filter(({ cache }) => cache === 'outputs').map(({ result }) => result)).toStrictEqual([
    'miss',
    'hit',
    'hit',
    'hit',
  ]);
});

test('a settlement reads fresh outputs, and the same replica serves them to /verify', async () => {
  const { devnet, chains, callsFor } = await replicas(1);
  const [one] = chains;
  const { nonce } = await paymentOn(devnet);
  expect(await callsFor(async () => one?.readOutputs([nonce], { fresh: true }))).toBe(1);
  expect(await callsFor(async () => one?.readOutputs([nonce], { fresh: true }))).toBe(1);
  expect(await callsFor(async () => one?.readOutputs([nonce], { fresh: false }))).toBe(0);
});

test('an output that a settlement found spent is spent for all replicas, without another call', async () => {
  const { devnet, chains, callsFor } = await replicas(2);
  const [one, other] = chains;
  const { payment, nonce } = await paymentOn(devnet);
  await one?.provider.submitTransaction(bytesOf(payment));
  devnet.ledger.forge();
  await one?.readOutputs([nonce], { fresh: true });
  const status = async () =>
    (await other?.readOutputs([nonce], { fresh: false }))?.get(outRefKey(nonce))?.status;
  expect(await callsFor(async () => expect(await status()).toBe('spent'))).toBe(0);
});

test('outputs that a block spends are forgotten in every replica', async () => {
  const { devnet, chains } = await replicas(2);
  const [one, other] = chains;
  const { payment, nonce } = await paymentOn(devnet);
  const statusAt = async (chain: typeof one, ref: OutRef) =>
    (await chain?.readOutputs([ref], { fresh: false }))?.get(outRefKey(ref))?.status;
  expect([await statusAt(one, nonce), await statusAt(other, nonce)]).toStrictEqual(['unspent', 'unspent']);
  await one?.provider.submitTransaction(bytesOf(payment));
  devnet.ledger.forge();
  expect([await statusAt(one, nonce), await statusAt(other, nonce)]).toStrictEqual(['unspent', 'unspent']);
  await one?.forgetOutputs([nonce.txHash]);
  expect(await statusAt(one, nonce)).toBe('spent');
  await expect.poll(() => statusAt(other, nonce)).toBe('spent');
});

test('40 inputs from one parent cost one call', async () => {
  const { devnet, chains, callsFor } = await replicas(1);
  const { nonce } = await paymentOn(devnet);
  const inputs = Array.from({ length: 40 }, (_unused, index) => ({ txHash: nonce.txHash, index }));
  expect(await callsFor(async () => chains[0]?.readOutputs(inputs, { fresh: true }))).toBe(1);
});

test('a lifetime of zero keeps nothing', async () => {
  const { devnet, chains, callsFor } = await replicas(2, 0);
  const { nonce } = await paymentOn(devnet);
  expect(
    await callsFor(async () => {
      for (const chain of chains) await chain.readOutputs([nonce], { fresh: false });
    }),
  ).toBe(2);
});

test('an idle facilitator makes no calls after the three at its start, which identify the provider', async () => {
  const { devnet, chains } = await replicas(2);
  await Promise.all(chains.map((chain) => chain.health()));
  const { operations } = devnet.requests.snapshot();
  expect(operations).toStrictEqual({ 'GET /genesis': 2, 'GET /network/eras': 2, 'GET /blocks/latest': 2 });
  for (let time = 0; time < 5; time += 1) await Promise.all(chains.map((chain) => chain.health()));
  expect(devnet.requests.snapshot().operations).toStrictEqual(operations);
});
