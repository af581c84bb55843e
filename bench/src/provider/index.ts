import type { EChartsOption } from 'echarts';
import type { Benchmark, Findings, RunOptions, Scale } from '../benchmark.js';
import { startMeasured } from '../support/facilitator.js';
import { type CostResult, measureCost } from './cost.js';
import { describeProvider } from './describe.js';
import { FOLLOWER_TICK_MS, type FollowerResult, measureFollower } from './follower.js';
import { type IdleResult, measureIdle } from './idle.js';
import { measureOutages, type OutageResult } from './outage.js';

export type Extent = {
  readonly pending: readonly number[];
  readonly blocks: number;
  readonly idleSeconds: number;
  readonly samples: number;
};

const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: { pending: [1, 100, 5_000], blocks: 25, idleSeconds: 60, samples: 500 },
  quick: { pending: [1, 50], blocks: 4, idleSeconds: 2, samples: 20 },
  smoke: { pending: [1, 50], blocks: 4, idleSeconds: 2, samples: 20 },
};

export type ProviderResult = {
  readonly payment: CostResult;
  readonly follower: readonly FollowerResult[];
  /** The most calls per block over the fewest. */
  readonly followerSpread: number;
  readonly idle: IdleResult;
  readonly outages: readonly OutageResult[];
  /** Each promise of the product, and whether this run kept it. */
  readonly kept: Readonly<Record<string, boolean>>;
};

/** What the chain costs, and how the failures of its providers are borne. */
export const provider: Benchmark<ProviderResult> = {
  name: 'provider',
  title: 'provider',
  async run(options) {
    const figures = await measureProvider(options);
    const { pending, blocks, idleSeconds, samples } = EXTENTS[options.scale];
    return {
      settings: {
        processes: 'an API and a worker, one Redis, one devnet ledger behind two HTTP fronts',
        pending: pending.join(', '),
        ...{ blocks, idleSeconds, samples },
      },
      figures,
      ratios: { 'most calls per block over fewest': figures.followerSpread },
      targets: Object.entries(figures.kept).map(([target, isMet]) => ({
        target,
        wanted: 'yes',
        found: isMet ? 'yes' : 'no',
        isMet,
      })),
    };
  },
  describe: ({ figures }) => describeProvider(figures),
  chart,
};

function chart({ figures: { outages } }: Findings<ProviderResult>): EChartsOption {
  return {
    xAxis: { type: 'category', data: outages.map(({ kind }) => kind) },
    yAxis: { type: 'value', name: 'p99 of /verify, ms' },
    series: [
      { type: 'bar', name: 'before the primary fails', data: outages.map(({ p99BeforeMs }) => p99BeforeMs) },
      {
        type: 'bar',
        name: 'after its breaker has opened',
        data: outages.map(({ p99AfterMs }) => p99AfterMs),
      },
    ],
  };
}

/** Measures what the chain costs and how its providers' failures are borne, against the devnet's own counts. */
export async function measureProvider({ scale: name, announce }: RunOptions): Promise<ProviderResult> {
  const scale = EXTENTS[name];
  const alone = await startMeasured({
    payments: 10,
    settings: { X402_CHAIN__FOLLOWER__TICK_MS: String(FOLLOWER_TICK_MS) },
  });
  let measured: Pick<ProviderResult, 'payment' | 'follower' | 'idle'>;
  try {
    announce(`idle, for ${scale.idleSeconds} s`);
    const idle = await measureIdle(alone, scale.idleSeconds);
    announce('one payment');
    const payment = await measureCost(alone);
    announce(`following the chain with ${scale.pending.join(', ')} pending`);
    measured = { idle, payment, follower: await measureFollower(alone, scale.pending, scale.blocks) };
  } finally {
    await alone.close();
  }

  announce('outages of the primary');
  // Nothing cached: every verification reads the chain.
  const backed = await startMeasured({
    payments: 10,
    fallbacks: true,
    settings: { X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '0' },
  });
  let outages: readonly OutageResult[];
  try {
    outages = await measureOutages(backed, scale.samples);
  } finally {
    await backed.close();
  }

  const { payment, follower, idle } = measured;
  const perBlock = follower.map(({ callsPerBlock }) => callsPerBlock);
  const followerSpread = Math.round((Math.max(...perBlock) / Math.min(...perBlock)) * 100) / 100;
  return {
    ...measured,
    followerSpread,
    outages,
    kept: {
      'a first-time payment costs at most 3 calls': payment.total <= 3,
      'verifying again costs none': payment.verifyAgain === 0,
      'following costs the same within 20 % whatever is pending': followerSpread <= 1.2,
      'idle costs at most 1 call per minute': idle.calls <= Math.max(1, idle.seconds / 60),
      'no verification was refused in an outage': outages.every(({ refused }) => refused === 0),
      'settlements went on in every outage': outages.every(({ settled }) => settled),
      'an open breaker adds under 50 ms at p99': outages.every(({ addedP99Ms }) => addedP99Ms < 50),
    },
  };
}
