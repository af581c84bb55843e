import { startStack } from '@x402-facilitator/tools/stack';
import type { EChartsOption } from 'echarts';
import pMap from 'p-map';
import type { Benchmark, RunOptions, Scale } from '../benchmark.js';
import { type JournalAccess, openJournal } from '../journal/index.js';
import { openPaymentSigner, type PaymentSigner } from '../payments/index.js';
import {
  atLeast,
  type Busyness,
  barChart,
  coresOf,
  processesOf,
  rounded,
  sum,
  table,
  WORKER_HEAP_LIMIT,
  watchBusyness,
} from '../support/index.js';

type ScalePoint = {
  readonly workers: number;
  readonly settlements: number;
  readonly perSecond: number;
  readonly busyness: Busyness;
};

type ScaleFigures = {
  readonly points: readonly ScalePoint[];
  /** What one worker cannot exceed: its concurrency over the provider's latency. */
  readonly ceilingPerWorker: number;
};

const EXTENTS: Readonly<
  Record<Scale, { readonly workers: readonly number[]; readonly secondsOfWork: number }>
> = {
  full: { workers: [1, 2, 4], secondsOfWork: 12 },
  quick: { workers: [1, 2, 4], secondsOfWork: 2.5 },
  smoke: { workers: [1], secondsOfWork: 0.2 },
};
const PROVIDER_LATENCY_MS = 150;
const CONCURRENCY = 8;
const CEILING_PER_WORKER = rounded((CONCURRENCY * 1000) / PROVIDER_LATENCY_MS);
/** From this share of its cores on, the machine has none left for another process. */
const MACHINE_IS_BUSY = 0.9;
const CLAIMS_AT_A_TIME = 100;

/** Whether twice the workers do twice the work. */
export const scale: Benchmark<ScaleFigures> = {
  name: 'scale',
  title: 'more workers',
  async run(options) {
    const figures = await measureScale(options);
    const most = figures.points.at(-1);
    const target = atLeast(`${most?.workers} workers over one`, 3.4, growthOf(figures, most), ' ×');
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
      tables: tablesOf(figures),
      chart: chartOf(figures),
    };
  },
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
    ...{ apis: 0, workers: 0, paywall: false, blockMs: 1_000, judge: 'own' },
    redis: { exclusive: true, persistence: 'always' },
    settings: {
      NODE_OPTIONS: WORKER_HEAP_LIMIT,
      X402_WORKER__CONCURRENCY: String(CONCURRENCY),
    },
  });
  const access = openJournal(stack);
  try {
    const settlementsOf = (count: number) => Math.ceil(count * CEILING_PER_WORKER * secondsOfWork);
    const warmUps = CONCURRENCY * 4;
    announce('signing payments');
    const outputs = sum(workers.map((count) => settlementsOf(count) + warmUps * count));
    const signer = await openPaymentSigner(stack, { outputs });
    await stack.control.addFault({ operation: '*', kind: 'latency', ms: PROVIDER_LATENCY_MS });
    const points: ScalePoint[] = [];
    for (const count of workers) {
      announce(`${count} workers`);
      const started = await Promise.all(Array.from({ length: count }, () => stack.startWorker()));
      await workOff(stack, access, signer, warmUps * count);
      points.push({ workers: count, ...(await workOff(stack, access, signer, settlementsOf(count))) });
      await Promise.all(started.map(({ process }) => process.stop()));
    }
    return { points, ceilingPerWorker: CEILING_PER_WORKER };
  } finally {
    await access.close();
    await stack.stop();
  }
}

/** Enqueues while the queue is paused, then lets all workers begin at once. */
async function workOff(
  stack: Awaited<ReturnType<typeof startStack>>,
  { queue, claim, allSubmitted }: JournalAccess,
  signer: PaymentSigner,
  settlements: number,
): Promise<Omit<ScalePoint, 'workers'>> {
  await queue.pause();
  const payments = signer.sign(settlements);
  await pMap(
    payments,
    async (payment) => {
      await claim(payment, signer.address);
      await queue.enqueue({ network: stack.network, txHash: payment.txHash });
    },
    { concurrency: CLAIMS_AT_A_TIME },
  );
  const stop = await watchBusyness(processesOf(stack));
  const startedAtMs = Date.now();
  await queue.resume();
  const times = await allSubmitted(payments.map(({ txHash }) => txHash));
  const busyness = await stop();
  const last = Math.max(...times.values());
  return { settlements, perSecond: rounded((settlements * 1000) / (last - startedAtMs)), busyness };
}

function tablesOf(figures: ScaleFigures): string {
  return `One worker cannot do more than ${figures.ceilingPerWorker} a second: ${CONCURRENCY} jobs at a time, each of which waits
${PROVIDER_LATENCY_MS} ms for the provider.

${table(
  [
    ...['workers', 'settlements', 'per second', 'times one worker'],
    ...['all workers, cores', 'Redis, cores', 'devnet, cores', 'machine, cores'],
  ],
  figures.points.map((point) => [
    ...[point.workers, point.settlements, point.perSecond, growthOf(figures, point)],
    ...['worker', 'redis', 'devnet'].map((kind) => coresOf(point.busyness, kind)),
    `${point.busyness.machine} of ${point.busyness.cores}`,
  ]),
)}`;
}

function chartOf({ points }: ScaleFigures): EChartsOption {
  const one = points[0]?.perSecond ?? 0;
  return barChart(
    points.map(({ workers }) => `${workers} workers`),
    ['settlements per second', 'cores'],
    [
      { name: 'submitted per second', data: points.map(({ perSecond }) => perSecond) },
      { name: 'as many times one worker', data: points.map(({ workers }) => rounded(workers * one)) },
      { name: 'cores of the machine', yAxisIndex: 1, data: points.map(({ busyness }) => busyness.machine) },
    ],
  );
}
