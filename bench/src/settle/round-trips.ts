import { createSettlementEvents } from '@x402-facilitator/shared/journal';
import { connectRedis, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/shared/redis';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { PreparedPayment } from '../payments/index.js';
import { type JournalAccess, meanOf, rounded } from '../support/index.js';
import { type RoundTrip, startRedisProxy } from './redis-proxy.js';

export type RoundTripFigures = {
  /** Per settlement, from its POST until the journal says `submitted`. */
  readonly mean: number;
  readonly most: number;
  /** Of the settlement in the middle: who waited for what, in order. */
  readonly example: readonly RoundTrip[];
};

/** Background work (heartbeats, the follower, the sweeper) is rare enough to be seen as what it is: the median has none. */
const QUIET_MS = 40;

/** Counts the round trips of settlements, one after the other, with nothing else going on. */
export async function countRoundTrips(
  stack: Stack,
  { journal }: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<RoundTripFigures> {
  const settings = redisSettingsFromUrl(stack.redis.url);
  const proxy = await startRedisProxy(settings);
  const through = { X402_CHAIN__REDIS__HOST: '127.0.0.1', X402_CHAIN__REDIS__PORT: String(proxy.port) };
  const subscriber = connectRedis({
    settings,
    role: 'subscriber',
    name: 'bench-events',
    onError: () => undefined,
  });
  const events = createSettlementEvents({
    subscriber,
    networks: [stack.network],
    journal,
    onError: () => undefined,
  });
  const [api, worker] = await Promise.all([stack.startApi(through), stack.startWorker(through)]);
  try {
    const counted: RoundTrip[][] = [];
    for (const payment of payments) {
      await quiet(proxy.count);
      const submitted = new Promise<RoundTrip[]>((resolve) => {
        const stop = events.subscribe(payment.transaction, ({ state }) => {
          if (state !== 'submitted') return;
          stop();
          resolve(proxy.take());
        });
      });
      proxy.take();
      const response = await fetch(`${api.url}/settle`, {
        method: 'POST',
        body: payment.body,
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      });
      if (response.status !== 202)
        throw new Error(`expected 202, found ${response.status}: ${await response.text()}`);
      counted.push(await submitted);
    }
    // The first ones of fresh processes read scripts and parameters that nobody reads again.
    const settled = counted.slice(Math.floor(counted.length / 4)).toSorted((a, b) => a.length - b.length);
    return {
      mean: rounded(meanOf(settled.map(({ length }) => length))),
      most: settled.at(-1)?.length ?? 0,
      example: settled[Math.floor(settled.length / 2)] ?? [],
    };
  } finally {
    await Promise.all([api.process.stop(), worker.process.stop()]);
    await events.close();
    await disconnectRedis(subscriber);
    await proxy.close();
  }
}

/** Waits until the processes have nothing more to say about what was settled before. */
async function quiet(count: () => number): Promise<void> {
  let before = -1;
  await waitUntil(
    () => {
      const now = count();
      const isQuiet = now === before;
      before = now;
      return isQuiet;
    },
    { what: 'Redis to be left alone', everyMs: QUIET_MS },
  );
}
