import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadOutcome, runLoad } from '../load/index.js';
import { type Latency, medianBy } from '../support/index.js';

/** Requests of one kind over so many connections. */
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
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly rounds: number;
  readonly roundMs: number;
  /** Whether to begin again when the bodies are used up. */
  readonly cycle: boolean;
  /** Waited before each round, for what must be forgotten. */
  readonly pauseMs?: number;
};

const VALID = { status: 200, contains: '"isValid":true' };

/** Measures some rounds and keeps the middle one. */
export async function measurePoint(options: PointOptions): Promise<Point> {
  const { url, pid, bodies, connections, rounds, roundMs, cycle, pauseMs = 0 } = options;
  const measured: LoadOutcome[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await sleep(pauseMs);
    const outcome = await runLoad({
      ...{ url, method: 'POST', path: '/verify', lines: 'bodies', requests: bodies, expects: VALID },
      ...{ connections, cycle, durationMs: roundMs, warmupMs: roundMs / 6, watch: { server: pid } },
    });
    measured.push(outcome);
  }
  const middle = medianBy(measured, ({ perSecond }) => perSecond);
  if (middle === undefined) throw new RangeError(`rounds: expected at least 1, found ${rounds}`);
  const { server = 0, generator = 0 } = middle.busyness.processes;
  return {
    connections,
    perSecond: middle.perSecond,
    requests: middle.requests,
    sent: measured.reduce((sum, { sent }) => sum + sent, 0),
    ...middle.latency,
    serverCores: server,
    generatorCores: generator,
  };
}
