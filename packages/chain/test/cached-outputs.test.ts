import type { TxHash } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { cacheOutputs } from '../src/cache/cached-outputs.js';
import { txHashOf } from './support/answers.js';
import { handClock, knowing } from './support/ledger-provider.js';

/** Looks in the cache, then asks. */
function cachedOn(...args: Parameters<typeof cacheOutputs>) {
  const cache = cacheOutputs(...args);
  return {
    getTransactionOutputs: async (txHash: TxHash) =>
      (await cache.held(txHash)) ?? cache.ask(txHash, { fresh: false }),
  };
}

const [A, B, C] = [txHashOf('a'), txHashOf('b'), txHashOf('c')];

test('the cache holds a limited number of outputs and forgets the oldest answer first', async () => {
  const { provider, server } = await knowing([A, B, C], { outputs: 10 });
  const cached = cachedOn(provider, { ttlMs: 1_000, clock: handClock().now, maxOutputs: 20 });
  for (const txHash of [A, B, C, B, C]) await cached.getTransactionOutputs(txHash);
  expect(server.requests).toHaveLength(3);
  await cached.getTransactionOutputs(A);
  expect(server.requests).toHaveLength(4);
});

test('a time to live of zero caches nothing', async () => {
  const { provider, server } = await knowing([A]);
  const cached = cachedOn(provider, { ttlMs: 0, clock: handClock().now });
  await cached.getTransactionOutputs(A);
  await cached.getTransactionOutputs(A);
  expect(server.requests).toHaveLength(2);
});
