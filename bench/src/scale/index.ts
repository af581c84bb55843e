import { startStack } from '@x402-facilitator/tools/stack';
import type { EChartsOption } from 'echarts';
import type { Benchmark, Findings, RunOptions, Scale } from '../benchmark.js';
import { openPurse, type Purse } from '../payments/index.js';
import {
  atLeast,
  type Busyness,
  coresOf,
  type JournalAccess,
  openJournal,
  processesOf,
  rounded,
  table,
  WORKER_HEAP_LIMIT,
  watchBusyness,
} from '../support/index.js';
import { claimAll } from './claim-all.js';

export type ScalePoint = {
  readonly workers: number;
  readonly settlements: number;
  readonly perSecond: number;
  readonly busyness: Busyness;
};

export type ScaleFigures = {
  readonly points: readonly ScalePoint[];
  /** What one worker cannot exceed: its concurrency over the provider's latency. */
  readonly ceilingPerWorker: number;
};

type Extent = { readonly workers: readonly number[]; readonly secondsOfWork: number };

const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: { workers: [1, 2, 4], secondsOfWork: 12 },
  quick: { workers: [1, 2, 4], secondsOfWork: 2.5 },
  smoke: { workers: [1], secondsOfWork: 0.2 },
};
const PROVIDER_LATENCY_MS = 150;
const CONCURRENCY = 8;
const CEILING_PER_WORKER = rounded((CONCURRENCY * 1000) / PROVIDER_LATENCY_MS);
/** From here on another process has nothing to run on. */
const MACHINE_IS_BUSY = 0.9;

/** Whether twice the workers do twice the work. */
export const scale: Benchmark<ScaleFigures> = {
  name: 'scale',
  title: 'more workers',
  async run(options) {
    const figures = await measureScale(options);
    const most = figures.points.at(-1);
    const growth = growthOf(figures, most);
    const target = atLeast(`${most?.workers} workers over one`, 3.4, growth, ' ×');
    const limit = most === undefined ? undefined : limitOf(most);
    return {
      settings: {
        providerLatencyMs: PROVIDER_LATENCY_MS,
        concurrency: `${CONCURRENCY} jobs at a time per worker`,
        redis: 'appendonly yes, appendfsync always',
        work: 'claimed and enqueued before the workers may begin',
        blockMs: 1_000,
      },
      figures,
      ratios: Object.fromEntries(
        figures.points.map((point) => [`${point.workers} workers over one`, growthOf(figures, point)]),
      ),
      targets: [target.isMet || limit === undefined ? target : { ...target, limit }],
    };
  },
  describe,
  chart,
};

function growthOf({ points }: ScaleFigures, point: ScalePoint | undefined): number {
  return rounded((point?.perSecond ?? 0) / (points[0]?.perSecond ?? 1));
}

function limitOf({ busyness }: ScalePoint): string | undefined {
  const { machine, cores } = busyness;
  return machine < cores * MACHINE_IS_BUSY
    ? undefined
    : `the machine is the limit: ${machine} of its ${cores} cores are busy, of which the workers take ${coresOf(busyness, 'worker')}, the devnet’s ledger ${coresOf(busyness, 'devnet')} and Redis ${coresOf(busyness, 'redis')}`;
}

async function measureScale({ scale: size, announce }: RunOptions): Promise<ScaleFigures> {
  const { workers, secondsOfWork } = EXTENTS[size];
  const stack = await startStack({
    ...{ apis: 0, workers: 0, paywall: false, blockMs: 1_000 },
    redis: { exclusive: true, persistence: 'always' },
    settings: {
      NODE_OPTIONS: WORKER_HEAP_LIMIT,
      X402_WORKER__CONCURRENCY: String(CONCURRENCY),
    },
  });
  const desk = openJournal(stack);
  try {
    const settlementsOf = (count: number) => Math.ceil(count * CEILING_PER_WORKER * secondsOfWork);
    const warmUps = CONCURRENCY * 4;
    const total = workers.reduce((sum, count) => sum + settlementsOf(count) + warmUps * count, 0);
    announce('signing payments');
    const purse = await openPurse(stack, { outputs: total });
    await stack.control.addFault({ operation: '*', kind: 'latency', ms: PROVIDER_LATENCY_MS });
    const points: ScalePoint[] = [];
    for (const count of workers) {
      announce(`${count} workers`);
      const started = await Promise.all(Array.from({ length: count }, () => stack.startWorker()));
      await workOff(stack, desk, purse, warmUps * count);
      points.push({ workers: count, ...(await workOff(stack, desk, purse, settlementsOf(count))) });
      await Promise.all(started.map(({ process }) => process.stop()));
    }
    return { points, ceilingPerWorker: CEILING_PER_WORKER };
  } finally {
    await desk.close();
    await stack.stop();
  }
}

type RunningStack = Awaited<ReturnType<typeof startStack>>;

/** Enqueues while nobody may take anything, then lets them all begin at once. */
async function workOff(
  stack: RunningStack,
  desk: JournalAccess,
  purse: Purse,
  settlements: number,
): Promise<Omit<ScalePoint, 'workers'>> {
  await desk.queue.pause();
  const payments = purse.pay(settlements);
  await claimAll(stack, desk, purse.address, payments);
  const stop = await watchBusyness(processesOf(stack));
  const startedAtMs = Date.now();
  await desk.queue.resume();
  const times = await desk.allSubmitted(payments.map(({ transaction }) => transaction));
  const busyness = await stop();
  const last = Math.max(...times.map(({ submittedAtMs }) => submittedAtMs));
  return { settlements, perSecond: rounded((settlements * 1000) / (last - startedAtMs)), busyness };
}

function describe({ figures }: Findings<ScaleFigures>): string {
  return `One worker cannot do more than ${figures.ceilingPerWorker} a second: ${CONCURRENCY} jobs at a time, each of which waits
${PROVIDER_LATENCY_MS} ms for the provider.

${table(
  [
    'workers',
    'settlements',
    'per second',
    'times one worker',
    'all workers, cores',
    'Redis, cores',
    'devnet, cores',
    'machine, cores',
  ].map((number) => ({ number })),
  figures.points.map((point) => [
    point.workers,
    point.settlements,
    point.perSecond,
    growthOf(figures, point),
    coresOf(point.busyness, 'worker'),
    coresOf(point.busyness, 'redis'),
    coresOf(point.busyness, 'devnet'),
    `${point.busyness.machine} of ${point.busyness.cores}`,
  ]),
)}`;
}

function chart({ figures }: Findings<ScaleFigures>): EChartsOption {
  const { points } = figures;
  return {
    xAxis: { type: 'category', name: 'workers', data: points.map(({ workers }) => String(workers)) },
    yAxis: [
      { type: 'value', name: 'settlements per second' },
      { type: 'value', name: 'cores', max: points[0]?.busyness.cores ?? 1, splitLine: { show: false } },
    ],
    series: [
      { type: 'bar', name: 'submitted per second', data: points.map(({ perSecond }) => perSecond) },
      {
        type: 'bar',
        name: 'as many times one worker',
        data: points.map(({ workers }) => rounded(workers * (points[0]?.perSecond ?? 0))),
      },
      {
        type: 'line',
        name: 'cores of the machine',
        yAxisIndex: 1,
        data: points.map(({ busyness }) => busyness.machine),
      },
    ],
  };
}
