import { startStack } from '@x402-facilitator/tools/stack';
import type { EChartsOption } from 'echarts';
import type { Benchmark, Findings, RunOptions, Scale } from '../benchmark.js';
import { type LoadOutcome, runLoad } from '../load/index.js';
import { openPurse, type PreparedPayment } from '../payments/index.js';
import {
  atLeast,
  atMost,
  type Busyness,
  type EventLoopDelay,
  type Latency,
  medianBy,
  openJournal,
  table,
} from '../support/index.js';
import { measureWaits, type WaitFigures } from './waits.js';

export type StatusFigures = {
  readonly reads: {
    readonly connections: number;
    readonly perSecond: number;
    readonly latency: Latency;
    readonly busyness: Busyness;
  };
  readonly waiting: WaitFigures;
};

const EXTENTS: Readonly<
  Record<Scale, { settlements: number; rounds: number; roundMs: number; waits: number }>
> = {
  full: { settlements: 500, rounds: 3, roundMs: 3_000, waits: 1_000 },
  quick: { settlements: 200, rounds: 1, roundMs: 1_000, waits: 300 },
  smoke: { settlements: 20, rounds: 1, roundMs: 200, waits: 20 },
};
const CONNECTIONS = 64;

/** How many reads of `/status` an API process answers, and what thousands of open waits cost it. */
export const status: Benchmark<StatusFigures> = {
  name: 'status',
  title: '`/status`, waits and event streams',
  async run(options) {
    const figures = await measureStatus(options);
    const { reads, waiting } = figures;
    return {
      settings: {
        apis: 1,
        workers: '1, for the waits',
        reads: `${CONNECTIONS} connections over settlements that are queued`,
        blocks: 'on request, one at a time, while all waits are open',
        confirmations: 0,
        redis: 'appendonly no',
      },
      figures,
      ratios: {},
      targets: [
        atLeast('reads by one API process', 4_000, reads.perSecond, '/s'),
        atMost(`block to answer, ${waiting.waits} waits, p99`, 100, waiting.blockToAnswer.p99Ms, ' ms'),
      ],
    };
  },
  describe,
  chart,
};

async function measureStatus({ scale, announce }: RunOptions): Promise<StatusFigures> {
  const extent = EXTENTS[scale];
  const stack = await startStack({
    apis: 1,
    workers: 0,
    paywall: false,
    blockMs: 0,
    redis: { exclusive: true },
  });
  const desk = openJournal(stack);
  try {
    announce('signing payments');
    const purse = await openPurse(stack, { outputs: extent.settlements + extent.waits });
    const [api] = stack.apis;
    if (api === undefined) throw new Error('expected an API, found none');
    announce('reads');
    const known = purse.pay(extent.settlements);
    await post(api.url, known);
    const rounds: LoadOutcome[] = [];
    for (let round = 0; round < extent.rounds; round += 1)
      rounds.push(
        await runLoad({
          ...{ url: api.url, method: 'GET', path: '', lines: 'paths', connections: CONNECTIONS },
          requests: known.map(({ transaction }) => `/status/${transaction}`),
          expects: { status: 200, contains: '"state":"queued"' },
          ...{ warmupMs: extent.roundMs / 3, durationMs: extent.roundMs, cycle: true },
          watch: { api: api.process.pid },
        }),
      );
    const reads = medianBy(rounds, ({ perSecond }) => perSecond);
    if (reads === undefined) throw new RangeError('expected at least one round');
    await api.process.stop();
    // What was read is not to be waited for.
    await desk.redis.flushdb();

    announce(`${extent.waits} waits and as many event streams`);
    const payments = purse.pay(extent.waits, { confirmations: 0 });
    const waiting = await measureWaits(stack, desk, payments);
    const { perSecond, latency, busyness } = reads;
    return { reads: { connections: CONNECTIONS, perSecond, latency, busyness }, waiting };
  } finally {
    await desk.close();
    await stack.stop();
  }
}

async function post(url: string, payments: readonly PreparedPayment[]): Promise<void> {
  await runLoad({
    ...{ url, method: 'POST', path: '/settle', lines: 'bodies', connections: 8 },
    headers: { prefer: 'respond-async' },
    requests: payments.map(({ body }) => body),
    expects: { status: 202, contains: '"transaction"' },
    ...{ durationMs: 60_000, cycle: false },
  });
}

function describe({ figures: { reads, waiting } }: Findings<StatusFigures>): string {
  const numbers = (...names: readonly string[]) => names.map((number) => ({ number }));
  const delay = ({ p50Ms, p99Ms, maxMs }: EventLoopDelay) => [p50Ms, p99Ms, maxMs];
  const latency = ({ p50Ms, p95Ms, p99Ms, maxMs }: Latency) => [p50Ms, p95Ms, p99Ms, maxMs];
  return `### Reads

${table(numbers('connections', 'per second', 'p50 ms', 'p95 ms', 'p99 ms', 'slowest ms', 'API, cores'), [
  [reads.connections, reads.perSecond, ...latency(reads.latency), reads.busyness.processes.api ?? 0],
])}

### ${waiting.waits} \`/settle\` waits and ${waiting.streams} event streams on one API process

${waiting.blocks} blocks answer all of them. A block is seen when the follower is told of it as the tip.

${table(
  ['', ...numbers('p50 ms', 'p95 ms', 'p99 ms', 'slowest ms')],
  [
    ['block to the answer of `/settle`', ...latency(waiting.blockToAnswer)],
    ['block to the end of the event stream', ...latency(waiting.blockToEvent)],
  ],
)}

${table(
  ['event-loop delay', ...numbers('p50 ms', 'p99 ms', 'most ms')],
  [
    ['while all wait', ...delay(waiting.delayWhileWaiting)],
    ['while they are answered', ...delay(waiting.delayWhileAnswering)],
  ],
)}

Memory: ${waiting.restingMegabytes} MB at rest, ${waiting.waitingMegabytes} MB with all of them open, ${waiting.peakMegabytes} MB at most.`;
}

function chart({ figures: { waiting } }: Findings<StatusFigures>): EChartsOption {
  const names = ['p50', 'p95', 'p99', 'slowest'];
  const values = ({ p50Ms, p95Ms, p99Ms, maxMs }: Latency) => [p50Ms, p95Ms, p99Ms, maxMs];
  return {
    xAxis: { type: 'category', data: names },
    yAxis: { type: 'value', name: 'ms since the block was seen' },
    series: [
      { type: 'bar', name: 'answer of /settle', data: values(waiting.blockToAnswer) },
      { type: 'bar', name: 'event stream', data: values(waiting.blockToEvent) },
    ],
  };
}
