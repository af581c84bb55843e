import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { EChartsOption } from 'echarts';
import type { Benchmark, Findings, RunOptions, Scale } from '../benchmark.js';
import { atMost, percentile, table, usageOf, WORKER_HEAP_LIMIT } from '../support/index.js';
import { type DeploySize, measureDeploy } from './deploy-size.js';

export type TierStart = {
  readonly tier: 'api' | 'worker';
  /** From the spawn until it says that it is ready, one after the other. */
  readonly readyMs: readonly number[];
  readonly medianReadyMs: number;
  readonly restingMegabytes: number;
  /** Left out of a smoke: it takes half a minute and has a test of its own (`tests/deploy/docker.test.ts`). */
  readonly deploy?: DeploySize;
};

export type StartFigures = { readonly tiers: readonly TierStart[] };

const EXTENTS: Readonly<Record<Scale, { starts: number; restMs: number; deploys: boolean }>> = {
  full: { starts: 7, restMs: 10_000, deploys: true },
  quick: { starts: 2, restMs: 1_000, deploys: true },
  smoke: { starts: 1, restMs: 100, deploys: false },
};
const TIERS = [
  { tier: 'api', mostMegabytes: 250 },
  { tier: 'worker', mostMegabytes: 300 },
] as const;

/** How soon each tier is ready, what it holds at rest, and how large its image's content is. */
export const start: Benchmark<StartFigures> = {
  name: 'start',
  title: 'starting, and at rest',
  async run(options) {
    const figures = await measureStart(options);
    const { starts, restMs } = EXTENTS[options.scale];
    return {
      settings: {
        starts: `${starts} of each tier, with Redis and the provider up`,
        ready: 'the API answers /ready, the worker /health',
        atRest: `${restMs / 1000} s after it was ready`,
        node: `as in the images: source maps on, the worker with ${WORKER_HEAP_LIMIT}`,
      },
      figures,
      ratios: {},
      targets: figures.tiers.flatMap(({ tier, medianReadyMs, restingMegabytes }) => [
        atMost(`${tier} ready`, 2_000, medianReadyMs, ' ms'),
        atMost(
          `${tier} at rest`,
          TIERS.find((known) => known.tier === tier)?.mostMegabytes ?? 0,
          restingMegabytes,
          ' MB',
        ),
      ]),
    };
  },
  describe,
  chart,
};

async function measureStart({ scale, announce }: RunOptions): Promise<StartFigures> {
  const extent = EXTENTS[scale];
  const stack = await startStack({ apis: 0, workers: 0, paywall: false });
  try {
    const tiers: TierStart[] = [];
    for (const { tier } of TIERS) {
      announce(`starting the ${tier}`);
      const started = await startOften(stack, tier, extent.starts, extent.restMs);
      if (extent.deploys) announce(`deploying the ${tier}`);
      tiers.push({
        tier,
        ...started,
        ...(extent.deploys ? { deploy: await measureDeploy(tier) } : {}),
      });
    }
    return { tiers };
  } finally {
    await stack.stop();
  }
}

async function startOften(
  stack: Stack,
  tier: TierStart['tier'],
  starts: number,
  restMs: number,
): Promise<Pick<TierStart, 'readyMs' | 'medianReadyMs' | 'restingMegabytes'>> {
  const readyMs: number[] = [];
  let restingMegabytes = 0;
  for (let left = starts; left > 0; left -= 1) {
    const startedMs = performance.now();
    const replica = await (tier === 'api'
      ? stack.startApi()
      : stack.startWorker({ NODE_OPTIONS: WORKER_HEAP_LIMIT }));
    readyMs.push(Math.round(performance.now() - startedMs));
    if (left === 1) {
      await sleep(restMs);
      ({ residentMegabytes: restingMegabytes } = await usageOf(replica.process.pid));
    }
    await replica.process.stop();
  }
  const sorted = readyMs.toSorted((a, b) => a - b);
  return { readyMs, medianReadyMs: percentile(sorted, 0.5), restingMegabytes };
}

function describe({ figures: { tiers } }: Findings<StartFigures>): string {
  return table(
    [
      'tier',
      ...[
        'ready, median ms',
        'fastest ms',
        'slowest ms',
        'at rest, MB',
        'deploy, MB',
        'its files',
        'its packages',
      ].map((number) => ({ number })),
    ],
    tiers.map(({ tier, readyMs, medianReadyMs, restingMegabytes, deploy }) => [
      tier,
      medianReadyMs,
      Math.min(...readyMs),
      Math.max(...readyMs),
      restingMegabytes,
      ...(deploy === undefined ? ['', '', ''] : [deploy.megabytes, deploy.files, deploy.packages]),
    ]),
  );
}

function chart({ figures: { tiers } }: Findings<StartFigures>): EChartsOption {
  return {
    xAxis: { type: 'category', data: tiers.map(({ tier }) => tier) },
    yAxis: [
      { type: 'value', name: 'ms' },
      { type: 'value', name: 'MB', splitLine: { show: false } },
    ],
    series: [
      { type: 'bar', name: 'ready, median ms', data: tiers.map(({ medianReadyMs }) => medianReadyMs) },
      {
        type: 'bar',
        name: 'at rest, MB',
        yAxisIndex: 1,
        data: tiers.map(({ restingMegabytes }) => restingMegabytes),
      },
      {
        type: 'bar',
        name: 'deploy, MB',
        yAxisIndex: 1,
        data: tiers.map(({ deploy }) => deploy?.megabytes ?? 0),
      },
    ],
  };
}
