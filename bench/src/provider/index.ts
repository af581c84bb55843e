import type { Benchmark, RunOptions, Scale } from '../benchmark.js';
import { barChart, table } from '../support/index.js';
import { startMeasured } from './facilitator.js';
import {
  type CostResult,
  FOLLOWER_TICK_MS,
  type FollowerResult,
  type IdleResult,
  measureCost,
  measureFollower,
  measureIdle,
} from './measure.js';
import { measureOutages, type OutageResult } from './outage.js';

type Extent = {
  readonly pending: readonly number[];
  readonly blocks: number;
  readonly idleSeconds: number;
  readonly samples: number;
};

const SHORT: Extent = { pending: [1, 50], blocks: 4, idleSeconds: 2, samples: 20 };
const EXTENTS: Readonly<Record<Scale, Extent>> = {
  full: { pending: [1, 100, 5_000], blocks: 25, idleSeconds: 60, samples: 500 },
  quick: SHORT,
  smoke: SHORT,
};

type ProviderFigures = {
  readonly payment: CostResult;
  readonly follower: readonly FollowerResult[];
  /** The most calls per block over the fewest. */
  readonly followerSpread: number;
  readonly idle: IdleResult;
  readonly outages: readonly OutageResult[];
  /** Each promise of the product, and whether this run kept it. */
  readonly kept: Readonly<Record<string, boolean>>;
};

/** What the chain costs in calls to its provider, and what happens when that provider fails. */
export const provider: Benchmark<ProviderFigures> = {
  name: 'provider',
  title: 'provider',
  async run(options) {
    const figures = await measureProvider(options);
    const { outages, kept, followerSpread } = figures;
    const { pending, blocks, idleSeconds, samples } = EXTENTS[options.scale];
    return {
      settings: {
        processes: 'an API and a worker, one Redis, one devnet ledger behind two HTTP fronts',
        pending: pending.join(', '),
        ...{ blocks, idleSeconds, samples },
      },
      figures,
      ratios: { 'most calls per block over fewest': followerSpread },
      targets: Object.entries(kept).map(([target, isMet]) => ({
        target,
        wanted: 'yes',
        found: isMet ? 'yes' : 'no',
        isMet,
      })),
      tables: tablesOf(figures),
      chart: barChart(
        outages.map(({ kind }) => kind),
        ['p99 of /verify, ms'],
        [
          { name: 'before the primary fails', data: outages.map(({ p99BeforeMs }) => p99BeforeMs) },
          { name: 'after its breaker has opened', data: outages.map(({ p99AfterMs }) => p99AfterMs) },
        ],
      ),
    };
  },
};

async function measureProvider({ scale, announce }: RunOptions): Promise<ProviderFigures> {
  const extent = EXTENTS[scale];
  const alone = await startMeasured({
    settings: { X402_CHAIN__FOLLOWER__TICK_MS: String(FOLLOWER_TICK_MS) },
  });
  let measured: Pick<ProviderFigures, 'payment' | 'follower' | 'idle'>;
  try {
    announce(`idle, for ${extent.idleSeconds} s`);
    const idle = await measureIdle(alone, extent.idleSeconds);
    announce('one payment');
    const payment = await measureCost(alone);
    announce(`following the chain with ${extent.pending.join(', ')} pending`);
    measured = { idle, payment, follower: await measureFollower(alone, extent.pending, extent.blocks) };
  } finally {
    await alone.close();
  }

  announce('outages of the primary');
  // Without a cache, so that every verification reads the chain.
  const backed = await startMeasured({
    fallbacks: true,
    settings: { X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '0' },
  });
  const outages = await measureOutages(backed, extent.samples).finally(() => backed.close());

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

function tablesOf({ payment, follower, followerSpread, idle, outages }: ProviderFigures): string {
  return `The devnet counts the calls, not the facilitator.

### One first-time payment

${table(
  ['step', 'provider calls'],
  [
    ['verify', payment.verify],
    ['verify again, within the cache time', payment.verifyAgain],
    ['settle (fresh facts, submission)', payment.settle],
    ['confirm', payment.confirm],
    ['verify + settle + confirm', payment.total],
  ],
)}

### Following the chain

Four looks at the tip per block, and one foreign transaction in each block.

${table(
  ['pending settlements', 'blocks', 'calls per block'],
  follower.map(({ pending, blocks, callsPerBlock }) => [pending, blocks, callsPerBlock]),
)}

Most over fewest: ${followerSpread}.

### Idle

${idle.calls} calls in ${idle.seconds} s with \`/health\` read every second: ${idle.callsPerMinute} per minute.

### The primary fails

\`/verify\` without a cache, so that each one reads the chain; milliseconds.

${table(
  [
    ...['primary', 'p99 before', 'slowest until the breaker was open', 'p99 after', 'added'],
    ...['refused', 'a payment settled'],
  ],
  outages.map((each) => [
    ...[each.kind, each.p99BeforeMs, each.worstWhileOpeningMs, each.p99AfterMs, each.addedP99Ms],
    ...[each.refused, each.settled ? 'yes' : 'no'],
  ]),
)}`;
}
