import type { TxHash } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { type CachedOutputsOptions, cacheOutputs } from '../src/cache/cached-outputs.js';
import type { ChainProvider } from '../src/provider/index.js';
import { txHashOf } from './support/answers.js';
import { handClock, knowing } from './support/ledger-provider.js';

/** Looks in the cache, then asks. */
function cachedOn(provider: ChainProvider, options: CachedOutputsOptions) {
  const cache = cacheOutputs(options);
  return {
    getTransactionOutputs: async (txHash: TxHash) =>
      (await cache.held(txHash)) ?? cache.ask(txHash, { fresh: false, provider }),
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
