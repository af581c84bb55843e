import type { EChartsOption } from 'echarts';
import type { Benchmark, Findings } from '../benchmark.js';
import { atLeast, atMost, coresOf, type Latency, rounded, table } from '../support/index.js';
import { EXTENTS, measureSettle, type SettleFigures } from './measure.js';

/** How many settlements one API process takes on, and how soon they are on their way to the chain. */
export const settle: Benchmark<SettleFigures> = {
  name: 'settle',
  title: '`/settle`',
  async run(options) {
    const figures = await measureSettle(options);
    const { rounds, roundMs } = EXTENTS[options.scale];
    const best = figures.accepted.reduce((most, { perSecond }) => Math.max(most, perSecond), 0);
    return {
      settings: {
        apis: 1,
        workers: 'none while accepting, one for the time to submitted',
        redis: 'appendonly yes, appendfsync always',
        preference: 'respond-async',
        rounds: `${rounds} of ${roundMs / 1000} s, the middle one kept`,
        facts: 'read fresh for every settlement, one provider call each',
        blockMs: 1_000,
      },
      figures,
      ratios: { 'accepted over bare queue.add': rounded(best / figures.queueAddPerSecond) },
      targets: [
        atLeast('accepted by one API process', 400, best, '/s'),
        atMost('Redis round trips from POST to submitted', 12, figures.roundTrips.median),
      ],
    };
  },
  describe,
  chart,
};

function describe({ figures }: Findings<SettleFigures>): string {
  const { accepted, submitted, roundTrips, queueAddPerSecond } = figures;
  const numbers = (...names: readonly string[]) => names.map((number) => ({ number }));
  const times = ({ p50Ms, p95Ms, p99Ms }: Latency) => [p50Ms, p95Ms, p99Ms];
  return `### Accepted (202), nobody working them off

${table(
  numbers('connections', 'per second', 'p50 ms', 'p95 ms', 'p99 ms', 'API, cores', 'machine, cores'),
  accepted.map(({ connections, perSecond, latency, busyness }) => [
    connections,
    perSecond,
    ...times(latency),
    coresOf(busyness, 'api'),
    busyness.machine,
  ]),
)}

Bare \`queue.add\` on the same Redis, 64 at a time: ${queueAddPerSecond} a second.

### POST to \`submitted\`, with one worker

${table(
  numbers(
    'offered per second',
    'accepted per second',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'API, cores',
    'worker, cores',
    'Redis, cores',
    'devnet, cores',
    'machine, cores',
  ),
  submitted.map(({ offeredPerSecond, perSecond, toSubmitted, busyness }) => [
    offeredPerSecond ?? 'as many as it takes',
    perSecond,
    ...times(toSubmitted),
    coresOf(busyness, 'api'),
    coresOf(busyness, 'worker'),
    coresOf(busyness, 'redis'),
    coresOf(busyness, 'devnet'),
    busyness.machine,
  ]),
)}

### Redis round trips from POST to \`submitted\`

A round trip is a flush that waits: what a connection writes while it owes no answer begins one, what it writes until the
answer comes belongs to it. \`bzpopmin\`, by which an idle worker waits for its next job, is none. Counted by a proxy between
the processes and Redis, one settlement at a time: ${roundTrips.median} at the median, ${roundTrips.fewest} to ${roundTrips.most}. One of them, in order:

${table(
  ['', 'connection', 'commands'],
  roundTrips.example.map(({ client, commands }, index) => [index + 1, client, commands.join(', ')]),
)}`;
}

function chart({ figures: { accepted, queueAddPerSecond } }: Findings<SettleFigures>): EChartsOption {
  return {
    xAxis: {
      type: 'category',
      data: ['bare queue.add', ...accepted.map(({ connections }) => `/settle, ${connections} connections`)],
    },
    yAxis: { type: 'value', name: 'accepted per second' },
    series: [
      {
        type: 'bar',
        name: 'per second',
        label: { show: true, position: 'top' },
        data: [queueAddPerSecond, ...accepted.map(({ perSecond }) => perSecond)],
      },
    ],
  };
}
