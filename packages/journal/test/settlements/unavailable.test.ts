import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { expect, it } from 'vitest';
import { claimOf, NETWORK, txHash } from '../support/harness.js';

it('every method of the journal fails fast with JournalUnavailableError once Redis is gone', async () => {
  const server = await startRedis({ exclusive: true });
  const redis = connectRedis({
    settings: redisSettingsFromUrl(server.url),
    role: 'producer',
    name: 'unavailable-test',
    onError: () => undefined,
  });
  try {
    const journal = createRedisJournal({ redis });
    await expect.poll(() => redis.status).toBe('ready');
    expect((await journal.claim(claimOf(1))).kind).toBe('claimed');
    await server.stop();

    const calls: Record<string, () => Promise<unknown>> = {
      claim: () => journal.claim(claimOf(2)),
      reserve: () =>
        journal.reserve({
          network: NETWORK,
          txHash: txHash(2),
          payer: 'p',
          inputs: [],
          ttlMs: 1_000,
          maxConcurrent: 1,
        }),
      read: () => journal.read(NETWORK, txHash(1)),
      readMany: () => journal.readMany(NETWORK, [txHash(1)]),
      readSignedTransaction: () => journal.readSignedTransaction(NETWORK, txHash(1)),
      inFlight: () => journal.inFlight(NETWORK, txHash(1), claimOf(1).inputs),
      transition: () =>
        journal.transition({
          network: NETWORK,
          txHash: txHash(1),
          from: ['queued'],
          to: 'submitting',
        }),
      deliver: () => journal.deliver(NETWORK, txHash(1)),
      pending: () => journal.pending(NETWORK),
    };
    for (const [method, call] of Object.entries(calls)) {
      const startedMs = performance.now();
      await expect(call(), method).rejects.toMatchObject({ name: 'JournalUnavailableError' });
      expect(performance.now() - startedMs, method).toBeLessThan(3_000);
    }
  } finally {
    await disconnectRedis(redis);
    await server.stop();
  }
});
