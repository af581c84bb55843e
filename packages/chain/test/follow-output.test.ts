import type { ChainOutput, Followed, OutRef } from '@x402-facilitator/cardano';
import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { expect, onTestFinished, test } from 'vitest';
import { createFollowedPositions } from '../src/cache/index.js';
import { createChainAccess } from '../src/connect/chain-access.js';
import { chainKeys } from '../src/redis/index.js';
import { txHashOf, utxoOutput, utxos } from './support/answers.js';
import { handClock, knowing } from './support/ledger-provider.js';

const [A, B, C] = [txHashOf('a'), txHashOf('b'), txHashOf('c')];
const FRESH = { fresh: true };

/** Goes on at the first output of whatever spent it. */
function from(txHash: OutRef['txHash'], index = 0): Followed {
  return { from: { txHash, index }, next: (_spent, [first]): ChainOutput | undefined => first };
}

async function accessTo(...parameters: Parameters<typeof knowing>) {
  const { provider, server } = await knowing(...parameters);
  return { access: createChainAccess({ provider, clock: handClock().now, utxoTtlSeconds: 60 }), server };
}

const spentBy = (consumed_by_tx: string) => [utxoOutput({ consumed_by_tx })];

test('what is unspent is found at once, by one call', async () => {
  const { access, server } = await accessTo([A]);
  expect(await access.readFollowed(from(A), FRESH)).toMatchObject({
    status: 'found',
    output: { outRef: { txHash: A, index: 0 } },
  });
  expect(server.requests).toStrictEqual([`GET /txs/${A}/utxos`]);
});

test('what has moved is followed through each transaction that spent it', async () => {
  const { access } = await accessTo([C], {
    scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(B)), [`/txs/${B}/utxos`]: utxos(B, spentBy(C)) },
  });
  expect(await access.readFollowed(from(A), FRESH)).toMatchObject({
    status: 'found',
    output: { outRef: { txHash: C, index: 0 } },
  });
});

test('it has ended where a transaction spent it and nothing goes on', async () => {
  const { access } = await accessTo([B], { scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(B)) } });
  const followed: Followed = { ...from(A), next: () => undefined };
  expect(await access.readFollowed(followed, FRESH)).toStrictEqual({ status: 'ended', by: B });
});

test('there is nothing to follow from an output that never was', async () => {
  const { access } = await accessTo([A]);
  expect(await access.readFollowed(from(A, 7), FRESH)).toStrictEqual({ status: 'missing' });
  expect(await access.readFollowed(from(B), FRESH)).toStrictEqual({ status: 'missing' });
});

test('a provider that fails, leaves a field out, or lags ends nothing', async () => {
  const { consumed_by_tx: _, ...silent } = utxoOutput();
  const { access } = await accessTo([], {
    scripts: {
      [`/txs/${A}/utxos`]: { status: 500, json: {} },
      [`/txs/${B}/utxos`]: utxos(B, [silent]),
      [`/txs/${C}/utxos`]: utxos(C, spentBy(txHashOf('d'))),
    },
  });
  for (const [txHash, reason] of [
    [A, 'HTTP 500'],
    [B, 'does not say whether'],
    [C, 'does not know it'],
  ] as const)
    expect(await access.readFollowed(from(txHash), FRESH)).toStrictEqual({
      status: 'unknown',
      reason: expect.stringContaining(reason),
    });
});

test('a hint that is too far behind is given up', async () => {
  const { access } = await accessTo([], { scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(A)) } });
  expect(await access.readFollowed(from(A), FRESH)).toStrictEqual({
    status: 'unknown',
    reason: `it has moved more than 32 times since ${A}#0`,
  });
});

test('what is held is not asked for again, unless fresh', async () => {
  const { access, server } = await accessTo([A]);
  await access.readFollowed(from(A), { fresh: false });
  await access.readFollowed(from(A), { fresh: false });
  expect(server.requests).toHaveLength(1);
  await access.readFollowed(from(A), FRESH);
  expect(server.requests).toHaveLength(2);
});

test('it is looked for where it was last found: one look-up, however far that is', async () => {
  const { access, server } = await accessTo([C], {
    scripts: { [`/txs/${A}/utxos`]: utxos(A, spentBy(B)), [`/txs/${B}/utxos`]: utxos(B, spentBy(C)) },
  });
  await access.readFollowed(from(A), FRESH);
  expect(server.requests).toHaveLength(3);
  expect(await access.readFollowed(from(A), FRESH)).toMatchObject({
    status: 'found',
    output: { outRef: { txHash: C } },
  });
  expect(server.requests.slice(3)).toStrictEqual([`GET /txs/${C}/utxos`]);
});

test('all replicas share where it was; a rollback of that place moves back', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const settings = redisSettingsFromUrl(server.url);
  const redis = connectRedis({ settings, role: 'worker', name: 'follow-test', onError: () => undefined });
  onTestFinished(() => disconnectRedis(redis));
  await redis.ping();
  const replica = async (scripts: Parameters<typeof knowing>[1]) => {
    const { provider, server } = await knowing([], scripts);
    const positions = createFollowedPositions({ redis, keys: chainKeys('cardano:preview') });
    const options = { provider, clock: handClock().now, utxoTtlSeconds: 60, positions };
    return { access: createChainAccess(options), server };
  };
  const moved = { [`/txs/${A}/utxos`]: utxos(A, spentBy(B)), [`/txs/${B}/utxos`]: utxos(B, [utxoOutput()]) };
  const one = await replica({ scripts: moved });
  expect(await one.access.readFollowed(from(A), FRESH)).toMatchObject({ output: { outRef: { txHash: B } } });
  const two = await replica({ scripts: moved });
  expect(await two.access.readFollowed(from(A), FRESH)).toMatchObject({ output: { outRef: { txHash: B } } });
  expect(two.server.requests).toStrictEqual([`GET /txs/${B}/utxos`]);
  const rolledBack = await replica({ scripts: { [`/txs/${A}/utxos`]: utxos(A, [utxoOutput()]) } });
  expect(await rolledBack.access.readFollowed(from(A), FRESH)).toMatchObject({
    status: 'found',
    output: { outRef: { txHash: A } },
  });
  // Whatever stands there, it is a hint.
  await redis.set(chainKeys('cardano:preview').position(`${A}#0`), 'nonsense');
  expect(await two.access.readFollowed(from(A), FRESH)).toMatchObject({ output: { outRef: { txHash: B } } });
});
