import {
  connectRedis,
  createSettlementEvents,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { PreparedPayment } from '../payments/index.js';
import { type JournalAccess, medianBy } from '../support/index.js';
import { type RoundTrip, startRedisProxy } from './redis-proxy.js';

export type RoundTripFigures = {
  /** Per settlement, from its POST until the journal says `submitted`. */
  readonly median: number;
  readonly fewest: number;
  readonly most: number;
  /** Of the settlement in the middle: who waited for what, in order. */
  readonly example: readonly RoundTrip[];
};

/** Longer than the steps of one settlement are apart. Heartbeats and the follower are rare: a middle settlement has none. */
const QUIET_MS = 40;
/** The follower and the sweeper are not what is counted here. */
const SELDOM_MS = 600_000;

/** Counts the round trips of settlements, one after the other, with nothing else going on. */
export async function countRoundTrips(
  stack: Stack,
  { journal }: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<RoundTripFigures> {
  const settings = redisSettingsFromUrl(stack.redis.url);
  const proxy = await startRedisProxy(settings);
  const through = {
    X402_CHAIN__REDIS__HOST: '127.0.0.1',
    X402_CHAIN__REDIS__PORT: String(proxy.port),
    X402_CHAIN__FOLLOWER__TICK_MS: String(SELDOM_MS),
  };
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
          resolve(proxy.take().filter((trip) => !isIdle(trip)));
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
    const example = medianBy(settled, ({ length }) => length) ?? [];
    return {
      median: example.length,
      fewest: settled[0]?.length ?? 0,
      most: settled.at(-1)?.length ?? 0,
      example,
    };
  } finally {
    await Promise.all([api.process.stop(), worker.process.stop()]);
    await events.close();
    await disconnectRedis(subscriber);
    await proxy.close();
  }
}

/** An idle worker waits for its next job by this command: for as long as it takes, and nobody waits for it. */
function isIdle({ commands }: RoundTrip): boolean {
  return commands.every((command) => command === 'bzpopmin');
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
