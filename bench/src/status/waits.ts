import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChainWindowStore, settlementsIn } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { AppProcess, Stack } from '@x402-facilitator/tools/stack';
import { type LoadOutcome, runLoad } from '../load/index.js';
import type { PreparedPayment } from '../payments/index.js';
import {
  type EventLoopDelay,
  type JournalAccess,
  type Latency,
  latencyOf,
  scrapeEventLoopDelay,
  usageOf,
} from '../support/index.js';
import { startProviderProxy } from './provider-proxy.js';

/** One API process with so many callers waiting. */
export type WaitFigures = {
  readonly waits: number;
  readonly streams: number;
  readonly blocks: number;
  readonly restingMegabytes: number;
  readonly waitingMegabytes: number;
  readonly peakMegabytes: number;
  readonly delayWhileWaiting: EventLoopDelay;
  readonly delayWhileAnswering: EventLoopDelay;
  /** From the follower seeing the block to the caller having the success. */
  readonly blockToAnswer: Latency;
  /** The same, to the end of the stream that tells of it. */
  readonly blockToEvent: Latency;
};

/** The finer the look at the tip, the less of the time to an answer is waiting for it; the figures begin after it. */
const FOLLOWER_TICK_MS = 250;
const WAIT_SECONDS = 80;
const PATIENCE_MS = 80_000;
const FOREVER_MS = 120_000;
/** What starting left behind is over by then: this much later a process is at rest. */
const REST_MS = 1_000;

/** Opens the waits and the streams, makes blocks until all are answered, and sees how long each was kept. */
export async function measureWaits(
  stack: Stack,
  desk: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<WaitFigures> {
  const { journal, allSubmitted } = desk;
  const provider = await startProviderProxy(stack.devnet.url);
  const api = await stack.startApi();
  const worker = await stack.startWorker({
    X402_CHAIN__BLOCKFROST__URL: provider.url,
    X402_CHAIN__FOLLOWER__TICK_MS: String(FOLLOWER_TICK_MS),
  });
  const metrics = `${api.url}/metrics`;
  const { pid } = api.process;
  const { network } = stack;
  const transactions = payments.map(({ transaction }) => transaction);
  const load = {
    url: api.url,
    durationMs: FOREVER_MS,
    cycle: false,
    keepEach: true,
    connections: payments.length,
  };
  try {
    await sleep(REST_MS);
    const { residentMegabytes: restingMegabytes } = await usageOf(pid);
    const filesAtRest = await openFiles(pid);
    const waits = runLoad({
      ...{ ...load, method: 'POST', path: '/settle', lines: 'bodies' },
      headers: { prefer: `wait=${WAIT_SECONDS}` },
      requests: payments.map(({ body }) => body),
      expects: { status: 200, contains: '"success":true' },
    });
    // The outcome is awaited below: until then a failure must not count as unhandled.
    waits.catch(() => undefined);
    await waitUntil(async () => (await journal.counts(network)).pending >= payments.length, {
      what: 'every payment to be accepted',
      timeoutMs: PATIENCE_MS,
    });
    await allSubmitted(transactions);
    const streams = runLoad({
      ...{ ...load, method: 'GET', path: '', lines: 'paths' },
      requests: transactions.map((transaction) => `/status/${transaction}/events`),
      expects: { status: 200, contains: '"confirmed"' },
    });
    streams.catch(() => undefined);
    await waitUntil(async () => (await openFiles(pid)) >= filesAtRest + 2 * payments.length, {
      what: 'every stream to be open',
      timeoutMs: PATIENCE_MS,
    });

    await scrapeEventLoopDelay(metrics);
    await sleep(REST_MS);
    const delayWhileWaiting = await scrapeEventLoopDelay(metrics);
    const { residentMegabytes: waitingMegabytes } = await usageOf(pid);
    const blocks = await makeBlocks(stack, desk);
    const [waited, streamed] = await Promise.all([waits, streams]);
    const delayWhileAnswering = await scrapeEventLoopDelay(metrics);

    const seenAtMs = new Map<string, number>();
    for (const { txHash, block } of settlementsIn(await journal.readMany(network, transactions))) {
      const at = block && provider.seenAtMs(block.height);
      if (at !== undefined) seenAtMs.set(txHash, at);
    }
    const sinceBlock = ({ each }: LoadOutcome) =>
      latencyOf(
        each.flatMap(({ line, startedAtMs, ms }) => {
          const at = seenAtMs.get(transactions[line] ?? '');
          if (at === undefined) throw new Error(`nobody saw the block of ${transactions[line]}`);
          return [startedAtMs + ms - at];
        }),
      );
    return {
      waits: payments.length,
      streams: payments.length,
      blocks,
      restingMegabytes,
      waitingMegabytes,
      peakMegabytes: (await usageOf(pid)).peakMegabytes,
      delayWhileWaiting,
      delayWhileAnswering,
      blockToAnswer: sinceBlock(waited),
      blockToEvent: sinceBlock(streamed),
    };
  } finally {
    await stop(api, worker);
    await provider.close();
  }
}

/** A block at a time, each only when the follower is done with the one before: as on a chain, where they are rare. */
async function makeBlocks({ control, network }: Stack, { journal, redis }: JournalAccess): Promise<number> {
  const windows = createChainWindowStore({ redis, network });
  let blocks = 0;
  for (; (await journal.counts(network)).pending > 0; blocks += 1) {
    await control.forge();
    const { hash } = await control.tip();
    await waitUntil(async () => (await windows.read()).at(-1)?.hash === hash, {
      what: 'the follower to be done with a block',
      timeoutMs: PATIENCE_MS,
      everyMs: 20,
    });
  }
  return blocks;
}

async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function stop(...replicas: readonly AppProcess[]): Promise<void> {
  await Promise.all(replicas.map((replica) => replica.process.stop()));
}
