import { startStack } from '@x402-facilitator/tools/stack';
import type { Benchmark, RunOptions, Scale } from '../benchmark.js';
import { openJournal } from '../journal/index.js';
import { type LoadOutcome, postPayments, runLoad } from '../load/index.js';
import { openPaymentSigner } from '../payments/index.js';
import {
  atLeast,
  atMost,
  type Busyness,
  barChart,
  type EventLoopDelay,
  LATENCY_COLUMNS,
  type Latency,
  latencyCells,
  medianBy,
  table,
} from '../support/index.js';
import { measureWaits, type WaitFigures } from './waits.js';

type StatusFigures = {
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

/** How many reads of `/status` an API process answers, and what many open waits cost it. */
export const status: Benchmark<StatusFigures> = {
  name: 'status',
  title: '`/status`, waits and event streams',
  async run(options) {
    const figures = await measureStatus(options);
    const { reads, waiting } = figures;
    const { blockToAnswer, blockToEvent } = waiting;
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
        atMost(`block to answer, ${waiting.waits} waits, p99`, 100, blockToAnswer.p99Ms, ' ms'),
      ],
      tables: tablesOf(figures),
      chart: barChart(
        ['p50', 'p95', 'p99', 'slowest'],
        ['ms since the block was seen'],
        [
          { name: 'answer of /settle', data: [...latencyCells(blockToAnswer), blockToAnswer.maxMs] },
          { name: 'event stream', data: [...latencyCells(blockToEvent), blockToEvent.maxMs] },
        ],
      ),
    };
  },
};

async function measureStatus({ scale, announce }: RunOptions): Promise<StatusFigures> {
  const extent = EXTENTS[scale];
  const { roundMs } = extent;
  const stack = await startStack({
    ...{ workers: 0, paywall: false, blockMs: 0, judge: 'own' },
    redis: { exclusive: true },
  });
  const access = openJournal(stack);
  try {
    announce('signing payments');
    const signer = await openPaymentSigner(stack, { outputs: extent.settlements + extent.waits });
    const [api] = stack.apis;
    if (api === undefined) throw new Error('expected an API, found none');
    announce('reads');
    const known = signer.sign(extent.settlements);
    await postPayments(api.url, '/settle', known, { connections: 8, durationMs: 60_000 });
    const rounds: LoadOutcome[] = [];
    for (let round = 0; round < extent.rounds; round += 1)
      rounds.push(
        await runLoad({
          url: api.url,
          requests: known.map(({ txHash }) => `/status/${txHash}`),
          expects: { status: 200, contains: '"state":"queued"' },
          ...{ connections: CONNECTIONS, warmUpMs: roundMs / 3, durationMs: roundMs, cycle: true },
          watch: { api: api.process.pid },
        }),
      );
    const reads = medianBy(rounds, ({ perSecond }) => perSecond);
    if (reads === undefined) throw new RangeError('expected at least one round');
    await api.process.stop();
    // The waits must not find what was posted for the reads.
    await access.redis.flushdb();

    announce(`${extent.waits} waits and as many event streams`);
    const payments = signer.sign(extent.waits, { confirmations: 0 });
    const waiting = await measureWaits(stack, access, payments);
    const { perSecond, latency, busyness } = reads;
    return { reads: { connections: CONNECTIONS, perSecond, latency, busyness }, waiting };
  } finally {
    await access.close();
    await stack.stop();
  }
}

function tablesOf({ reads, waiting }: StatusFigures): string {
  const delay = ({ p50Ms, p99Ms, maxMs }: EventLoopDelay) => [p50Ms, p99Ms, maxMs];
  const cells = (latency: Latency) => [...latencyCells(latency), latency.maxMs];
  const columns = [...LATENCY_COLUMNS, 'slowest ms'];
  return `### Reads

${table(
  ['connections', 'per second', ...columns, 'API, cores'],
  [[reads.connections, reads.perSecond, ...cells(reads.latency), reads.busyness.processes.api ?? 0]],
)}

### ${waiting.waits} \`/settle\` waits and ${waiting.streams} event streams on one API process

${waiting.blocks} blocks answer all of them. A block counts as seen when the provider first tells the follower that it is the tip.

${table(
  ['', ...columns],
  [
    ['block to the answer of `/settle`', ...cells(waiting.blockToAnswer)],
    ['block to the end of the event stream', ...cells(waiting.blockToEvent)],
  ],
)}

${table(
  ['event-loop delay', 'p50 ms', 'p99 ms', 'most ms'],
  [
    ['while all wait', ...delay(waiting.delayWhileWaiting)],
    ['while they are answered', ...delay(waiting.delayWhileAnswering)],
  ],
)}

CPU time per payment with its wait and its stream, while they are answered: API ${waiting.apiCpuMsEach} ms, worker
${waiting.workerCpuMsEach} ms. The two load generators share the cores with them.

Memory: ${waiting.restingMegabytes} MB at rest, ${waiting.waitingMegabytes} MB with all of them open, ${waiting.peakMegabytes} MB at most.`;
}
