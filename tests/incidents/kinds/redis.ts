import { waitUntil } from '@x402-facilitator/tools/processes';
import { Redis } from 'ioredis';
import { post, signPayment } from '../../support/facilitator.js';
import type { Incident } from '../run-incident.js';
import type { Site } from '../site.js';
import { alerts, recover } from './sections.js';

export const redisFull: Incident = {
  name: 'redis-full',
  what: 'Redis’s memory is full',
  alert: 'X402JournalRefusesWrites',
  page: alerts('Redis refuses writes'),
  prepare: async (site) => ({
    async bringAbout() {
      const redis = new Redis(site.redisUrl);
      const megabyte = 'x'.repeat(1_000_000);
      for (let count = 0; ; count += 1)
        if ((await redis.set(`filling:${count}`, megabyte).catch(String)) !== 'OK') break;
      // What connections need comes and goes, so that the last kilobytes do; that of these stays.
      const filling = setInterval(() => {
        redis.set(`filling:${Date.now()}`, 'x'.repeat(10_000)).catch(() => undefined);
      }, 20);
      const idle = Array.from({ length: 50 }, () => redis.duplicate());
      return async () => {
        clearInterval(filling);
        for (const each of [redis, ...idle]) each.disconnect();
      };
    },
    async follow() {
      const { operator } = site;
      const page = alerts('Redis refuses writes');
      await operator.say(page, 'api /health');
      await operator.say(page, "redis info replication | grep -E '^(role|connected_slaves):'");
      const memory = alerts('Redis runs out of memory');
      await operator.look(memory);
      await operator.say(memory, 'redis config set maxmemory 1gb');
    },
  }),
};

/** Of these payments: an operator waits until all that were lost are past it. */
const TTL_SECONDS = 60;

/** A payment that is confirmed, with its request. */
const confirmed = async (site: Site) => {
  const signed = await signPayment(site.stack, site.payer, { maxTimeoutSeconds: TTL_SECONDS });
  const { body } = await post(`${site.process('api').url}/settle`, signed.request, {
    prefer: 'respond-async',
  });
  if (body.errorReason !== 'settlement_pending') throw new Error(JSON.stringify(body));
  await site.reaches(signed.transaction, 'confirmed');
  return signed;
};

export const redisLost: Incident = {
  name: 'redis-lost',
  what: 'Redis dies, and its disk with it; there is a backup, and a payment that is younger',
  alert: 'X402RedisDown',
  page: alerts('Redis is down'),
  site: { settings: { X402_CHAIN__VERIFICATION__MAX_TIMEOUT_SECONDS: String(TTL_SECONDS) } },
  async prepare(site) {
    const { operator } = site;
    const kept = await confirmed(site);
    await operator.type(recover('Backup'), 1);
    // It reached a block, and its seller never heard of it.
    const undelivered = await confirmed(site);
    let lostAtMs = 0;
    return {
      async bringAbout() {
        await site.engine.loseRedis();
        lostAtMs = performance.now();
        return undefined;
      },
      async follow() {
        await operator.look(alerts('Redis is down'));
        // Stop all, restore, start Redis; the pause comes after the restore.
        await operator.type(recover('Restore'), 0);
        const loss = recover('Recovery after loss of Redis data');
        await operator.say(loss, 'ops pause --reason "journal lost"');
        await operator.type(recover('Restore'), 1);
        await waitUntil(async () => performance.now() - lostAtMs > TTL_SECONDS * 1000, {
          what: 'the TTL of what was accepted before the loss to pass',
          timeoutMs: TTL_SECONDS * 2_000,
          everyMs: 500,
        });
        await operator.say(loss, 'ops resume');
        await operator.say(loss, 'ops redeem TX --reason "TEXT"', {
          TX: undelivered.transaction,
          TEXT: 'never delivered',
        });
      },
      async check() {
        if ((await site.stateOf(kept.transaction)) !== 'confirmed')
          throw new Error('expected the settlement of the backup, found none');
        await waitUntil(
          async () =>
            (await post(`${site.process('api').url}/settle`, undelivered.request)).body.success === true,
          { what: 'what was redeemed to be a success' },
        );
      },
    };
  },
};
