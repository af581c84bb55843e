import { createSettlementEvents, disconnectRedis, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { Stack } from '@x402-facilitator/tools/stack';
import { connectBench, type JournalAccess } from '../journal/index.js';
import type { PreparedPayment } from '../payments/index.js';
import { medianBy } from '../support/index.js';
import { type RoundTrip, startRedisProxy } from './redis-proxy.js';

export type RoundTripFigures = {
  /** Per settlement, from its POST until the journal says `submitted`. */
  readonly median: number;
  readonly fewest: number;
  readonly most: number;
  /** Of the settlement in the middle: who waited for what, in order. */
  readonly example: readonly RoundTrip[];
};

/** More than the time between two steps of a settlement. Heartbeats are rarer: a middle settlement has none. */
const QUIET_MS = 40;
/** Keeps the follower and the sweeper, which are not counted, from running. */
const SELDOM_MS = 600_000;

/** Counts the round trips of settlements, one after the other, while nothing else happens. */
export async function countRoundTrips(
  stack: Stack,
  { journal }: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<RoundTripFigures> {
  const proxy = await startRedisProxy(redisSettingsFromUrl(stack.redis.url));
  const through = {
    X402_CHAIN__REDIS__HOST: '127.0.0.1',
    X402_CHAIN__REDIS__PORT: String(proxy.port),
    X402_CHAIN__FOLLOWER__TICK_MS: String(SELDOM_MS),
  };
  const subscriber = connectBench(stack, 'subscriber');
  const events = createSettlementEvents({
    subscriber,
    networks: [stack.network],
    journal,
    onError: () => undefined,
  });
  const [api, worker] = await Promise.all([stack.startApi(through), stack.startWorker(through)]);
  try {
    const counted: RoundTrip[][] = [];
    for (const { txHash, body } of payments) {
      await quiet(proxy.count);
      const submitted = new Promise<RoundTrip[]>((resolve) => {
        const stop = events.subscribe(txHash, ({ state }) => {
          if (state !== 'submitted') return;
          stop();
          resolve(proxy.take().filter((trip) => !isIdle(trip)));
        });
      });
      proxy.take();
      const response = await fetch(`${api.url}/settle`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      });
      if (response.status !== 202)
        throw new Error(`expected 202, found ${response.status}: ${await response.text()}`);
      counted.push(await submitted);
    }
    // Fresh processes read scripts and parameters once: the first settlements are left out.
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

/** An idle worker waits for its next job by this command. Nothing waits for the worker meanwhile. */
function isIdle({ commands }: RoundTrip): boolean {
  return commands.every((command) => command === 'bzpopmin');
}

/** Waits until the processes have done all that follows from what was settled before. */
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
