import { startStack } from '@x402-facilitator/tools/stack';
import type { RunOptions, Scale } from '../benchmark.js';
import { type LoadOutcome, runLoad } from '../load/index.js';
import { openPurse, type PreparedPayment } from '../payments/index.js';
import {
  type Busyness,
  type JournalAccess,
  type Latency,
  latencyOf,
  medianBy,
  openJournal,
  processesOf,
  WORKER_HEAP_LIMIT,
} from '../support/index.js';
import { measureQueueAdd } from './queue-baseline.js';
import { countRoundTrips, type RoundTripFigures } from './round-trips.js';

/** Settlements taken on by one API process that nobody works off yet. */
export type AcceptPoint = {
  readonly connections: number;
  readonly perSecond: number;
  /** POST to 202. */
  readonly latency: Latency;
  readonly busyness: Busyness;
};

/** Settlements with one worker behind the API. */
export type SubmitPoint = AcceptPoint & {
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
  /** At most so many per round, signed ahead. */
  readonly payments: number;
  readonly offered: readonly number[];
  readonly roundTrips: number;
};

export const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: {
    connections: [16, 64],
    rounds: 3,
    roundMs: 3_000,
    payments: 3_500,
    offered: [20, 100],
    roundTrips: 60,
  },
  quick: {
    connections: [16, 64],
    rounds: 1,
    roundMs: 1_000,
    payments: 1_000,
    offered: [20, 100],
    roundTrips: 20,
  },
  smoke: { connections: [4], rounds: 1, roundMs: 200, payments: 40, offered: [20], roundTrips: 4 },
};

const ACCEPTED = { status: 202, contains: '"transaction"' };
const WORKER_SETTINGS = { NODE_OPTIONS: WORKER_HEAP_LIMIT };

/** Measures `/settle` on a Redis that writes every change to its disk before it answers. */
export async function measureSettle({ scale, announce }: RunOptions): Promise<SettleFigures> {
  const extent = EXTENTS[scale];
  const stack = await startStack({
    apis: 0,
    workers: 0,
    paywall: false,
    blockMs: 1_000,
    redis: { exclusive: true, persistence: 'always' },
  });
  const desk = openJournal(stack);
  try {
    announce('bare queue.add');
    const queueAddPerSecond = await measureQueueAdd(stack, 64, extent.roundMs);
    announce('signing payments');
    const rounds = (extent.connections.length * extent.rounds + extent.offered.length + 1) * extent.payments;
    const purse = await openPurse(stack, { outputs: rounds + extent.payments + extent.roundTrips });
    const sign = (count = extent.payments) => purse.pay(count);

    announce('Redis round trips');
    const roundTrips = await countRoundTrips(stack, desk, sign(extent.roundTrips));
    const api = await stack.startApi();
    const accept = (payments: readonly PreparedPayment[], how: Offer) =>
      postAll(api.url, processesOf(stack), payments, how, extent);
    const worker = await stack.startWorker(WORKER_SETTINGS);
    const warmUp = sign();
    const warmedUp = await accept(warmUp, { connections: 16 });
    await timesToSubmitted(desk, warmUp, warmedUp);
    const submitted: SubmitPoint[] = [];
    const busiest = Math.max(...extent.connections);
    for (const offeredPerSecond of [...extent.offered, undefined]) {
      announce(`to submitted, ${offeredPerSecond ?? 'as many as possible'} per second`);
      const payments = sign();
      const outcome = await accept(payments, { connections: busiest, perSecond: offeredPerSecond });
      const toSubmitted = latencyOf(await timesToSubmitted(desk, payments, outcome));
      submitted.push({ connections: busiest, offeredPerSecond, toSubmitted, ...pointOf(outcome) });
    }
    await worker.process.stop();

    const accepted: AcceptPoint[] = [];
    for (const connections of extent.connections) {
      announce(`accepting, ${connections} connections`);
      const outcomes: LoadOutcome[] = [];
      for (let round = 0; round < extent.rounds; round += 1)
        outcomes.push(await accept(sign(), { connections }));
      const middle = medianBy(outcomes, ({ perSecond }) => perSecond);
      if (middle !== undefined) accepted.push({ connections, ...pointOf(middle) });
    }
    return { accepted, submitted, roundTrips, queueAddPerSecond };
  } finally {
    await desk.close();
    await stack.stop();
  }
}

type Offer = {
  readonly connections: number;
  readonly perSecond?: number | undefined;
};

/** Posts payments until they are used up or the round is over. */
async function postAll(
  url: string,
  watch: Readonly<Record<string, number>>,
  payments: readonly PreparedPayment[],
  { connections, perSecond }: Offer,
  { roundMs }: Extent,
): Promise<LoadOutcome> {
  return runLoad({
    ...{ url, method: 'POST', path: '/settle', lines: 'bodies', expects: ACCEPTED },
    headers: { prefer: 'respond-async' },
    requests: payments.map(({ body }) => body),
    ...{ connections, durationMs: roundMs, cycle: false, keepEach: true },
    ...(perSecond === undefined ? {} : { perSecond }),
    watch,
  });
}

/** POST to `submitted` of every payment that a load sent. */
async function timesToSubmitted(
  desk: JournalAccess,
  payments: readonly PreparedPayment[],
  { each }: LoadOutcome,
): Promise<number[]> {
  const startedAtMs = new Map(
    each.flatMap(({ line, startedAtMs }) => {
      const payment = payments[line];
      return payment === undefined ? [] : [[payment.transaction, startedAtMs] as const];
    }),
  );
  const times = await desk.allSubmitted([...startedAtMs.keys()]);
  return times.map(({ transaction, submittedAtMs }) => submittedAtMs - (startedAtMs.get(transaction) ?? 0));
}

function pointOf({ perSecond, latency, busyness }: LoadOutcome): Omit<AcceptPoint, 'connections'> {
  return { perSecond, latency, busyness };
}
