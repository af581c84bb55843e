import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadOutcome, postPayments } from '../load/index.js';
import type { PreparedPayment } from '../payments/index.js';
import { type Latency, medianBy, sum } from '../support/index.js';

/** `/verify` requests of one kind over this many connections. */
export type Point = Latency & {
  readonly connections: number;
  readonly perSecond: number;
  readonly requests: number;
  /** Requests of all rounds and their warm-ups. */
  readonly sent: number;
  /** Cores that the server, and the load generator beside it, kept busy. */
  readonly serverCores: number;
  readonly generatorCores: number;
};

export type PointOptions = {
  readonly url: string;
  readonly pid: number;
  readonly payments: readonly PreparedPayment[];
  readonly connections: number;
  readonly rounds: number;
  readonly roundMs: number;
  /** Whether to begin again when all payments are sent. */
  readonly cycle: boolean;
  /** Before each round, so that the server forgets what it must not have cached. */
  readonly pauseMs?: number;
};

/** Measures some rounds and keeps the middle one. */
export async function measurePoint(options: PointOptions): Promise<Point> {
  const { url, pid, payments, connections, rounds, roundMs, cycle, pauseMs = 0 } = options;
  const measured: LoadOutcome[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sleep(pauseMs);
    const times = { durationMs: roundMs, warmUpMs: roundMs / 6 };
    measured.push(
      await postPayments(url, '/verify', payments, {
        ...times,
        connections,
        cycle,
        watch: { server: pid },
      }),
    );
  }
  const middle = medianBy(measured, ({ perSecond }) => perSecond);
  if (middle === undefined) throw new RangeError(`rounds: expected at least 1, found ${rounds}`);
  const { server = 0, generator = 0 } = middle.busyness.processes;
  return {
    connections,
    perSecond: middle.perSecond,
    requests: middle.requests,
    sent: sum(measured.map(({ sent }) => sent)),
    ...middle.latency,
    serverCores: server,
    generatorCores: generator,
  };
}

/** After so many, CPU time per request falls no further, however long they take on a busy machine. */
export const WARM_UP_REQUESTS = 15_000;
const WARM_UP_STEP_MS = 1_000;

/** Brings a process to its speed, and fills its cache: by a number of requests, so that slow and fast ones are alike. */
export async function warmUp(
  url: string,
  payments: readonly Pick<PreparedPayment, 'body'>[],
  requests: number,
): Promise<void> {
  const load = { connections: 64, cycle: true, durationMs: WARM_UP_STEP_MS };
  for (let answered = 0; answered < requests; )
    answered += (await postPayments(url, '/verify', payments, load)).sent;
}
