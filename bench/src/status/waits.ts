import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createChainWindowStore } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import type { Stack } from '@x402-facilitator/tools/stack';
import type { JournalAccess } from '../journal/index.js';
import { type LoadOutcome, runLoad } from '../load/index.js';
import type { PreparedPayment } from '../payments/index.js';
import {
  type EventLoopDelay,
  type Latency,
  latencyOf,
  rounded,
  scrapeEventLoopDelay,
  usageOf,
} from '../support/index.js';
import { startProviderProxy } from './provider-proxy.js';

/** One API process with many waiting callers. */
export type WaitFigures = {
  readonly waits: number;
  readonly streams: number;
  readonly blocks: number;
  readonly restingMegabytes: number;
  readonly waitingMegabytes: number;
  readonly peakMegabytes: number;
  readonly delayWhileWaiting: EventLoopDelay;
  readonly delayWhileAnswering: EventLoopDelay;
  /** CPU time of each process while all were answered, per payment with its wait and its stream. */
  readonly apiCpuMsEach: number;
  readonly workerCpuMsEach: number;
  /** From the moment the follower sees the block until the caller has the success. */
  readonly blockToAnswer: Latency;
  /** The same, until the end of the event stream. */
  readonly blockToEvent: Latency;
};

/** Short, so that the worker does not wait long between a block and its next look at the tip. No figure contains that time. */
const FOLLOWER_TICK_MS = 250;
const WAIT_SECONDS = 80;
const PATIENCE_MS = 80_000;
const FOREVER_MS = 120_000;
/** After this time a process has finished what it does at its start. */
const REST_MS = 1_000;

/** Opens the waits and the streams, makes blocks until all are answered, and measures how long each took. */
export async function measureWaits(
  stack: Stack,
  access: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<WaitFigures> {
  const { journal } = access;
  const { network } = stack;
  const provider = await startProviderProxy(stack.devnet.url);
  const api = await stack.startApi();
  const worker = await stack.startWorker({
    X402_CHAIN__BLOCKFROST__URL: provider.url,
    X402_CHAIN__FOLLOWER__TICK_MS: String(FOLLOWER_TICK_MS),
  });
  const { pid } = api.process;
  const txHashes = payments.map(({ txHash }) => txHash);
  const load = { url: api.url, durationMs: FOREVER_MS, keepEach: true, connections: payments.length };
  try {
    await sleep(REST_MS);
    const { residentMegabytes: restingMegabytes } = await usageOf(pid);
    const filesAtRest = await openFiles(pid);
    const waits = runLoad({
      ...{ ...load, postTo: '/settle', headers: { prefer: `wait=${WAIT_SECONDS}` } },
      requests: payments.map(({ body }) => body),
      expects: { status: 200, contains: '"success":true' },
    });
    // It is awaited below; until then a failure must not count as unhandled.
    waits.catch(() => undefined);
    await waitUntil(async () => (await journal.counts(network)).pending >= payments.length, {
      what: 'every payment to be accepted',
      timeoutMs: PATIENCE_MS,
    });
    await access.allSubmitted(txHashes);
    const streams = runLoad({
      ...load,
      requests: txHashes.map((txHash) => `/status/${txHash}/events`),
      expects: { status: 200, contains: '"confirmed"' },
    });
    streams.catch(() => undefined);
    await waitUntil(async () => (await openFiles(pid)) >= filesAtRest + 2 * payments.length, {
      what: 'every stream to be open',
      timeoutMs: PATIENCE_MS,
    });

    await scrapeEventLoopDelay(api.url);
    await sleep(REST_MS);
    const delayWhileWaiting = await scrapeEventLoopDelay(api.url);
    const { residentMegabytes: waitingMegabytes } = await usageOf(pid);
    const processes = [pid, worker.process.pid];
    const cpuBefore = await Promise.all(processes.map(usageOf));
    const blocks = await makeBlocks(stack, access);
    const [waited, streamed] = await Promise.all([waits, streams]);
    const cpuAfter = await Promise.all(processes.map(usageOf));
    const [apiCpuMsEach = 0, workerCpuMsEach = 0] = cpuAfter.map(({ cpuSeconds }, index) =>
      rounded(((cpuSeconds - (cpuBefore[index]?.cpuSeconds ?? 0)) * 1000) / payments.length),
    );
    const delayWhileAnswering = await scrapeEventLoopDelay(api.url);

    const seenAtMs = (await access.readAll(txHashes)).map(
      (settlement) => settlement?.block && provider.seenAtMs(settlement.block.height),
    );
    const sinceBlock = ({ each }: LoadOutcome) =>
      latencyOf(
        each.map(({ request, startedAtMs, ms }) => {
          const at = seenAtMs[request];
          if (at === undefined) throw new Error(`the block of ${txHashes[request]} was not seen`);
          return startedAtMs + ms - at;
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
      apiCpuMsEach,
      workerCpuMsEach,
      blockToAnswer: sinceBlock(waited),
      blockToEvent: sinceBlock(streamed),
    };
  } finally {
    await Promise.all([api.process.stop(), worker.process.stop()]);
    await provider.close();
  }
}

/** One block at a time, each after the follower is done with the one before: on a chain they are as far apart. */
async function makeBlocks({ control, network }: Stack, { journal, redis }: JournalAccess): Promise<number> {
  const windows = createChainWindowStore({ redis, network });
  let blocks = 0;
  for (; (await journal.counts(network)).pending > 0; blocks += 1) {
    await control.forge();
    const { hash } = await control.tip();
    const isDone = async () => {
      const window = await windows.read();
      return window.ok && window.value.at(-1)?.hash === hash;
    };
    await waitUntil(isDone, {
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
