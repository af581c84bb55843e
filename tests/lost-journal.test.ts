import { type ChainProvider, createBlockfrostProvider } from '@x402-facilitator/chain';
import {
  connectRedis,
  createSponsorshipStore,
  disconnectRedis,
  redisSettingsFromUrl,
  type SponsorshipStore,
  sponsorshipIdSchema,
} from '@x402-facilitator/journal';
import { present } from '@x402-facilitator/journal/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fundCrowd, orderSponsored, spentOnChain } from './sponsored/run-sponsored.js';
import { get, post } from './support/facilitator.js';
import { runOps } from './support/ops.js';
import { replica, useStack } from './support/use-stack.js';

const POOL_SIZE = 6;
const UNKNOWN = 'invalid_exact_cardano_payload_sponsorship_unknown';

const stack = useStack({
  blockMs: 0,
  workers: 2,
  paywall: false,
  settings: {
    X402_SPONSORSHIP__ENABLED: 'true',
    X402_SPONSORSHIP__POOL__SIZE: String(POOL_SIZE),
    X402_SPONSORSHIP__POOL__CALLER_SHARE: '1',
    X402_CHAIN__FOLLOWER__TICK_MS: '250',
  },
});

let redis: ReturnType<typeof connectRedis>;
let chain: ChainProvider & { close(): Promise<void> };
let store: SponsorshipStore;
beforeAll(() => {
  const { redis: server, devnet, network } = stack();
  const settings = redisSettingsFromUrl(server.url);
  redis = connectRedis({ settings, role: 'worker', name: 'test', onError: () => undefined });
  chain = createBlockfrostProvider({ network, url: devnet.url });
  store = createSponsorshipStore({ redis, network });
});
afterAll(async () => {
  await chain.close();
  await disconnectRedis(redis);
});

const settle = async (request: object) =>
  (await post(`${replica(stack().apis).url}/settle`, request, { prefer: 'respond-async' })).body;
const stateOf = async (txHash: string) =>
  (await get(`${replica(stack().apis).url}/status/${txHash}`)).body.state;

/** Forges blocks until the pool has so many outputs to lend. */
const poolHolds = (free: number) =>
  waitUntil(
    async () => {
      await stack().control.forge(1);
      return (await store.counts()).free >= free;
    },
    { what: `the pool to hold ${free} outputs`, everyMs: 250 },
  );

test('sponsored payments that were under way when Redis was wiped are redeemed once each, and are on the books again', async () => {
  await stack().control.fund({ address: stack().walletAddress, lovelace: 100_000_000n });
  await poolHolds(POOL_SIZE);
  const timeline = await chain.getTimeline();
  const { payer, outputs } = await fundCrowd(stack(), chain, 3);
  await stack().control.forge(1);
  const orders = [];
  for (const [index, nonce] of outputs.entries())
    orders.push(await orderSponsored(stack(), payer, nonce, timeline, index));
  for (const { request } of orders)
    expect(await settle(request)).toMatchObject({ errorReason: 'settlement_pending' });
  for (const { txHash } of orders)
    await waitUntil(async () => (await stateOf(txHash)) === 'submitted', {
      what: `${txHash} to be submitted`,
    });

  await redis.flushall();
  await stack().control.forge(2);
  await poolHolds(1);

  const [first, second, unredeemed] = orders;
  if (first === undefined || second === undefined || unredeemed === undefined)
    throw new Error('expected three');
  for (const { request, txHash } of [first, second]) {
    expect(await settle(request)).toMatchObject({ success: false, errorReason: UNKNOWN });
    const redeemed = await runOps(stack().settings, 'redeem', txHash, '--reason', 'never shipped');
    expect(redeemed, redeemed.err).toMatchObject({ code: 0 });
    await waitUntil(async () => (await settle(request)).success === true, {
      what: 'the success to be given',
    });
    expect(await settle(request)).toMatchObject({ errorReason: 'duplicate_settlement' });
  }
  expect(await settle(unredeemed.request)).toMatchObject({ success: false, errorReason: UNKNOWN });

  const cost = await spentOnChain(chain, stack().walletAddress, [first, second]);
  expect(cost).toBeGreaterThan(0n);
  const books = await store.books();
  expect(books).toMatchObject({
    ok: true,
    value: { signedCount: 2, signedLovelace: cost, reservedLovelace: cost, returnedLovelace: 0n },
  });
  const day = new Date().toISOString().slice(0, 10);
  const booked = await redis.hgetall(`{x402}:sponsorship:preview:day:${day}`);
  expect(BigInt(booked[`payer:${payer.address(0)}`] ?? 0), 'the payer’s limit of the day').toBe(cost);
  expect(BigInt(booked.total ?? 0), 'the limit of the day').toBe(cost);
  for (const { id, txHash, poolInput } of [first, second])
    expect(present(await store.read(sponsorshipIdSchema.parse(id)))).toMatchObject({
      txHash,
      input: poolInput,
      payer: payer.address(0),
      state: expect.stringMatching(/^(?:signed|spent)$/),
    });
});
