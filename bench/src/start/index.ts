import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runPnpm } from '@x402-facilitator/tools/pnpm';
import { guardDirectory } from '@x402-facilitator/tools/processes';
import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { Benchmark, Scale } from '../benchmark.js';
import {
  atMost,
  barChart,
  percentile,
  rounded,
  table,
  usageOf,
  WORKER_HEAP_LIMIT,
} from '../support/index.js';

type DeploySize = { readonly megabytes: number; readonly files: number; readonly packages: number };

type TierStart = {
  readonly tier: 'api' | 'worker';
  /** From the spawn until it says that it is ready, one start after the other. */
  readonly readyMs: readonly number[];
  readonly medianReadyMs: number;
  readonly restingMegabytes: number;
  /** Not in a smoke: it takes half a minute and has a test of its own (`tests/deploy/docker.test.ts`). */
  readonly deploy?: DeploySize;
};

type Extent = { readonly starts: number; readonly restMs: number; readonly deploys: boolean };

const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: { starts: 7, restMs: 10_000, deploys: true },
  quick: { starts: 2, restMs: 1_000, deploys: true },
  smoke: { starts: 1, restMs: 100, deploys: false },
};
const MOST_MEGABYTES = { api: 250, worker: 300 } as const;

/** How soon each tier is ready, what it holds at rest, and how large its image's content is. */
export const start: Benchmark<{ readonly tiers: readonly TierStart[] }> = {
  name: 'start',
  title: 'starting, and at rest',
  async run({ scale, announce }) {
    const extent = EXTENTS[scale];
    const tiers: TierStart[] = [];
    const stack = await startStack({ apis: 0, workers: 0, paywall: false });
    try {
      for (const tier of ['api', 'worker'] as const) {
        announce(`starting the ${tier}`);
        const started = await startOften(stack, tier, extent);
        if (extent.deploys) announce(`deploying the ${tier}`);
        tiers.push({ tier, ...started, ...(extent.deploys ? { deploy: await measureDeploy(tier) } : {}) });
      }
    } finally {
      await stack.stop();
    }
    return {
      settings: {
        starts: `${extent.starts} of each tier, with Redis and the provider up`,
        ready: 'the API answers /ready, the worker /health',
        atRest: `${extent.restMs / 1000} s after it was ready`,
        node: `as in the images: source maps on, the worker with ${WORKER_HEAP_LIMIT}`,
      },
      figures: { tiers },
      ratios: {},
      targets: tiers.flatMap(({ tier, medianReadyMs, restingMegabytes }) => [
        atMost(`${tier} ready`, 2_000, medianReadyMs, ' ms'),
        atMost(`${tier} at rest`, MOST_MEGABYTES[tier], restingMegabytes, ' MB'),
      ]),
      tables: table(
        [
          ...['tier', 'ready, median ms', 'fastest ms', 'slowest ms', 'at rest, MB'],
          ...['deploy, MB', 'its files', 'its packages'],
        ],
        tiers.map(({ tier, readyMs, medianReadyMs, restingMegabytes, deploy }) => [
          ...[tier, medianReadyMs, Math.min(...readyMs), Math.max(...readyMs), restingMegabytes],
          ...(deploy === undefined ? ['', '', ''] : [deploy.megabytes, deploy.files, deploy.packages]),
        ]),
      ),
      chart: barChart(
        tiers.map(({ tier }) => tier),
        ['ms', 'MB'],
        [
          { name: 'ready, median ms', data: tiers.map(({ medianReadyMs }) => medianReadyMs) },
          {
            ...{ name: 'at rest, MB', yAxisIndex: 1 },
            data: tiers.map(({ restingMegabytes }) => restingMegabytes),
          },
          {
            ...{ name: 'deploy, MB', yAxisIndex: 1 },
            data: tiers.map(({ deploy }) => deploy?.megabytes ?? 0),
          },
        ],
      ),
    };
  },
};

async function startOften(
  stack: Stack,
  tier: TierStart['tier'],
  { starts, restMs }: Extent,
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

/**
 * Makes the production deploy of a tier as its image does (Dockerfile), and measures it.
 *
 * @throws Error with pnpm's words when it cannot be made
 */
async function measureDeploy(tier: TierStart['tier']): Promise<DeploySize> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-deploy-'));
  guardDirectory(directory);
  try {
    const target = join(directory, tier);
    const { status, stdout, stderr } = runPnpm([
      ...['--filter', `@x402-facilitator/${tier}`, 'deploy', '--prod', '--prefer-offline'],
      ...['--config.inject-workspace-packages=true', target],
    ]);
    if (status !== 0) throw new Error(`pnpm deploy of the ${tier} failed: ${stdout}${stderr}`);
    let [bytes, files] = [0, 0];
    for (const entry of await readdir(target, { withFileTypes: true, recursive: true })) {
      // A symbolic link leads to a file that is counted elsewhere.
      if (!entry.isFile()) continue;
      bytes += (await lstat(join(entry.parentPath, entry.name))).size;
      files += 1;
    }
    const packages = (await readdir(join(target, 'node_modules/.pnpm'))).filter((name) => name.includes('@'));
    return { megabytes: rounded(bytes / 2 ** 20), files, packages: packages.length };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
