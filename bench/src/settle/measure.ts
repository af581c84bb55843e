import { randomBytes } from 'node:crypto';
import { disconnectRedis } from '@x402-facilitator/journal';
import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import { Queue } from 'bullmq';
import type { RunOptions, Scale } from '../benchmark.js';
import { connectBench, type JournalAccess, openJournal } from '../journal/index.js';
import { type LoadOptions, type LoadOutcome, postPayments } from '../load/index.js';
import { openPaymentSigner, type PreparedPayment } from '../payments/index.js';
import {
  type Busyness,
  type Latency,
  latencyOf,
  medianBy,
  processesOf,
  rounded,
  WORKER_HEAP_LIMIT,
} from '../support/index.js';
import { countRoundTrips, type RoundTripFigures } from './round-trips.js';

/** Settlements that one API process accepted while no worker ran. */
type AcceptPoint = {
  readonly connections: number;
  readonly perSecond: number;
  /** POST to 202. */
  readonly latency: Latency;
  readonly busyness: Busyness;
};

/** Settlements with one worker behind the API. */
type SubmitPoint = AcceptPoint & {
  /** Settlements begun per second; `undefined` for as many as the answers allow. */
  readonly offeredPerSecond: number | undefined;
  /** POST to `submitted` in the journal. */
  readonly toSubmitted: Latency;
};

export type SettleFigures = {
  readonly accepted: readonly AcceptPoint[];
  readonly submitted: readonly SubmitPoint[];
  readonly roundTrips: RoundTripFigures;
  /** `queue.add` alone, per second. */
  readonly queueAddPerSecond: number;
};

type Extent = {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly roundMs: number;
  /** The most that a round can use, signed ahead. */
  readonly payments: number;
  readonly offered: readonly number[];
  readonly roundTrips: number;
};

export const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: {
    ...{ connections: [16, 64], rounds: 3, roundMs: 3_000 },
    ...{ payments: 3_500, offered: [20, 100], roundTrips: 60 },
  },
  quick: {
    ...{ connections: [16, 64], rounds: 1, roundMs: 1_000 },
    ...{ payments: 1_000, offered: [20, 100], roundTrips: 20 },
  },
  smoke: { connections: [4], rounds: 1, roundMs: 200, payments: 40, offered: [20], roundTrips: 4 },
};

/** Measures `/settle` on a Redis that writes every change to its disk before it answers. */
export async function measureSettle({ scale, announce }: RunOptions): Promise<SettleFigures> {
  const extent = EXTENTS[scale];
  const stack = await startStack({
    ...{ apis: 0, workers: 0, paywall: false, blockMs: 1_000, judge: 'own' },
    redis: { exclusive: true, persistence: 'always' },
  });
  const access = openJournal(stack);
  try {
    announce('bare queue.add');
    const queueAddPerSecond = await measureQueueAdd(stack, 64, extent.roundMs);
    announce('signing payments');
    const rounds = extent.connections.length * extent.rounds + extent.offered.length + 2;
    const signer = await openPaymentSigner(stack, {
      outputs: rounds * extent.payments + extent.roundTrips,
    });

    announce('Redis round trips');
    const roundTrips = await countRoundTrips(stack, access, signer.sign(extent.roundTrips));
    const api = await stack.startApi();
    const post = (payments: readonly PreparedPayment[], options: Omit<LoadOptions, 'durationMs'>) =>
      postPayments(api.url, '/settle', payments, {
        ...{ durationMs: extent.roundMs, keepEach: true, watch: processesOf(stack) },
        ...options,
      });
    const worker = await stack.startWorker({ NODE_OPTIONS: WORKER_HEAP_LIMIT });
    const warmUp = signer.sign(extent.payments);
    await timesToSubmitted(access, warmUp, await post(warmUp, { connections: 16 }));
    const submitted: SubmitPoint[] = [];
    const connections = Math.max(...extent.connections);
    for (const offeredPerSecond of [...extent.offered, undefined]) {
      announce(`to submitted, ${offeredPerSecond ?? 'as many as possible'} per second`);
      const payments = signer.sign(extent.payments);
      const outcome = await post(payments, { connections, perSecond: offeredPerSecond });
      const toSubmitted = latencyOf(await timesToSubmitted(access, payments, outcome));
      submitted.push({ connections, offeredPerSecond, toSubmitted, ...pointOf(outcome) });
    }
    await worker.process.stop();

    const accepted: AcceptPoint[] = [];
    for (const connections of extent.connections) {
      announce(`accepting, ${connections} connections`);
      const outcomes: LoadOutcome[] = [];
      for (let round = 0; round < extent.rounds; round += 1)
        outcomes.push(await post(signer.sign(extent.payments), { connections }));
      const middle = medianBy(outcomes, ({ perSecond }) => perSecond);
      if (middle !== undefined) accepted.push({ connections, ...pointOf(middle) });
    }
    return { accepted, submitted, roundTrips, queueAddPerSecond };
  } finally {
    await access.close();
    await stack.stop();
  }
}

/** POST to `submitted` of every payment that a load sent, in milliseconds. */
async function timesToSubmitted(
  { allSubmitted }: JournalAccess,
  payments: readonly PreparedPayment[],
  { each }: LoadOutcome,
): Promise<number[]> {
  const sent = each.flatMap(({ request, startedAtMs }) => {
    const payment = payments[request];
    return payment === undefined ? [] : [{ txHash: payment.txHash, startedAtMs }];
  });
  const submittedAtMs = await allSubmitted(sent.map(({ txHash }) => txHash));
  return sent.map(({ txHash, startedAtMs }) => (submittedAtMs.get(txHash) ?? startedAtMs) - startedAtMs);
}

const pointOf = ({ perSecond, latency, busyness }: LoadOutcome) => ({ perSecond, latency, busyness });

/** What it costs here to hand a job to BullMQ, and nothing else: `queue.add` per second, so many at a time. */
async function measureQueueAdd(stack: Stack, concurrency: number, durationMs: number): Promise<number> {
  const redis = connectBench(stack);
  const queue = new Queue('bench-baseline', { connection: redis, prefix: '{x402}', skipVersionCheck: true });
  try {
    await queue.waitUntilReady();
    let added = 0;
    const startedMs = performance.now();
    const add = async () => {
      while (performance.now() - startedMs < durationMs) {
        const jobId = randomBytes(32).toString('hex');
        await queue.add('submit', { network: stack.network, transaction: jobId }, { jobId });
        added += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, add));
    return rounded((added * 1000) / (performance.now() - startedMs));
  } finally {
    await queue.obliterate({ force: true });
    await queue.close();
    await disconnectRedis(redis);
  }
}
