import type { Benchmark } from '../benchmark.js';
import {
  atLeast,
  atMost,
  barChart,
  coresOf,
  LATENCY_COLUMNS,
  latencyCells,
  rounded,
  table,
} from '../support/index.js';
import { EXTENTS, measureSettle, type SettleFigures } from './measure.js';

/** How many settlements one API process accepts, and how soon they are on their way to the chain. */
export const settle: Benchmark<SettleFigures> = {
  name: 'settle',
  title: '`/settle`',
  async run(options) {
    const figures = await measureSettle(options);
    const { accepted, queueAddPerSecond, roundTrips } = figures;
    const { rounds, roundMs } = EXTENTS[options.scale];
    const best = Math.max(0, ...accepted.map(({ perSecond }) => perSecond));
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
      ratios: { 'accepted over bare queue.add': rounded(best / queueAddPerSecond) },
      targets: [
        atLeast('accepted by one API process', 400, best, '/s'),
        atMost('Redis round trips from POST to submitted', 12, roundTrips.median),
      ],
      tables: tablesOf(figures),
      chart: barChart(
        ['bare queue.add', ...accepted.map(({ connections }) => `/settle, ${connections} connections`)],
        ['accepted per second'],
        [
          {
            name: 'per second',
            label: { show: true, position: 'top' },
            data: [queueAddPerSecond, ...accepted.map(({ perSecond }) => perSecond)],
          },
        ],
      ),
    };
  },
};

function tablesOf({ accepted, submitted, roundTrips, queueAddPerSecond }: SettleFigures): string {
  return `### Accepted (202), while no worker runs

${table(
  ['connections', 'per second', ...LATENCY_COLUMNS, 'API, cores', 'machine, cores'],
  accepted.map(({ connections, perSecond, latency, busyness }) => [
    ...[connections, perSecond, ...latencyCells(latency)],
    ...[coresOf(busyness, 'api'), busyness.machine],
  ]),
)}

Bare \`queue.add\` on the same Redis, 64 at a time: ${queueAddPerSecond} a second.

### POST to \`submitted\`, with one worker

${table(
  [
    ...['offered per second', 'accepted per second', ...LATENCY_COLUMNS],
    ...['API, cores', 'worker, cores', 'Redis, cores', 'devnet, cores', 'machine, cores'],
  ],
  submitted.map(({ offeredPerSecond, perSecond, toSubmitted, busyness }) => [
    ...[offeredPerSecond ?? 'as many as it takes', perSecond, ...latencyCells(toSubmitted)],
    ...['api', 'worker', 'redis', 'devnet'].map((kind) => coresOf(busyness, kind)),
    busyness.machine,
  ]),
)}

### Redis round trips from POST to \`submitted\`

A round trip is a flush that waits. It begins when a connection writes while no answer is due, and what the connection writes
until the answer comes belongs to it. \`bzpopmin\`, by which an idle worker waits for its next job, does not count. A proxy
between the processes and Redis counted them, one settlement at a time: ${roundTrips.median} at the median, ${roundTrips.fewest} to ${roundTrips.most}. One settlement, in order:

${table(
  ['', 'connection', 'commands'],
  roundTrips.example.map(({ client, commands }, index) => [index + 1, client, commands.join(', ')]),
)}`;
}
