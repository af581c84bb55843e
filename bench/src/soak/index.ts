import type { EChartsOption } from 'echarts';
import type { Benchmark } from '../benchmark.js';
import { atMost, meanOf, rounded, slopeOf, type Target, table, WORKER_HEAP_LIMIT } from '../support/index.js';
import { extentOf, measureSoak, type Sample, type SoakFigures } from './measure.js';

/** A heap that grows by less only breathes. */
const FLAT_PERCENT = 10;

/** What many settlements over a long time leave behind. */
export const soak: Benchmark<SoakFigures> = {
  name: 'soak',
  title: 'many settlements over a long time',
  async run(options) {
    const figures = await measureSoak(options);
    const { settlements, seconds } = extentOf(options);
    return {
      settings: {
        settlements,
        seconds,
        processes: `one API, one worker, ${WORKER_HEAP_LIMIT}`,
        redis: 'appendonly yes, appendfsync always',
        blockMs: 1_000,
        confirmations: 1,
      },
      figures,
      ratios: {},
      targets: targetsOf(figures, options.scale === 'full'),
      tables: tablesOf(figures),
      chart: chartOf(figures),
    };
  },
};

const TIERS = [
  { tier: 'API', prefix: 'api', mostMegabytes: 250 },
  { tier: 'worker', prefix: 'worker', mostMegabytes: 300 },
] as const;

/** The memory of a tier over the second half, when every cache is full. */
function growthOf(samples: readonly Sample[], prefix: (typeof TIERS)[number]['prefix']) {
  const megabytes = samples.map((sample) => sample[`${prefix}Megabytes`]);
  const half = Math.floor(samples.length / 2);
  const points = samples.slice(half).map(({ seconds }, index) => ({
    x: seconds,
    y: megabytes[half + index] ?? 0,
  }));
  const perSecond = slopeOf(points);
  const seconds = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
  return {
    first: megabytes[0] ?? 0,
    last: megabytes.at(-1) ?? 0,
    megabytesPerMinute: rounded(perSecond * 60),
    percent: rounded(((perSecond * seconds) / meanOf(points.map(({ y }) => y))) * 100),
  };
}

/** The slope of a short run means nothing. */
function targetsOf(figures: SoakFigures, isLong: boolean): Target[] {
  return [
    atMost('settlements lost', 0, figures.lost),
    atMost('not applied to the chain exactly once', 0, figures.notAppliedOnce),
    atMost('Redis per settled payment', 8, figures.redisKilobytesPerSettlement, ' KB'),
    ...TIERS.flatMap(({ tier, prefix, mostMegabytes }) => {
      const { last, percent } = growthOf(figures.samples, prefix);
      return [
        atMost(`${tier} at the end`, mostMegabytes, last, ' MB'),
        ...(isLong ? [atMost(`${tier}, growth in the second half`, FLAT_PERCENT, percent, ' %')] : []),
      ];
    }),
  ];
}

function tablesOf(figures: SoakFigures): string {
  const { settlements, seconds, accepted, samples } = figures;
  return `${settlements} settlements in ${seconds} s, ${accepted.perSecond} a second: ${figures.confirmed} confirmed, ${figures.lost} lost,
${figures.notAppliedOnce} not applied to the chain exactly once (by the ledger's own count). Accepted after ${accepted.p50Ms} ms (p50),
${accepted.p99Ms} ms (p99).

${table(
  ['per settlement', ''],
  [
    ['Redis memory, KB', figures.redisKilobytesPerSettlement],
    ['Redis commands, those inside scripts included', figures.redisCommandsPerSettlement],
    ['Redis scripts', figures.redisScriptsPerSettlement],
  ],
)}

The commands are all that the server saw: heartbeats, leases and the follower's looks are among them.

${table(
  [
    ...['tier', 'first MB', 'last MB', 'MB a minute, second half'],
    ...['event loop p99 ms', 'event loop most ms'],
  ],
  TIERS.map(({ tier, prefix }) => {
    const { first, last, megabytesPerMinute } = growthOf(samples, prefix);
    const delays = samples.slice(1).map((sample) => sample[`${prefix}Delay`]);
    return [
      ...[tier, first, last, megabytesPerMinute],
      ...[Math.max(...delays.map(({ p99Ms }) => p99Ms)), Math.max(...delays.map(({ maxMs }) => maxMs))],
    ];
  }),
)}

The event loop's figures are those of the worst sample.`;
}

function chartOf({ samples }: SoakFigures): EChartsOption {
  return {
    xAxis: { type: 'value', name: 's' },
    yAxis: { type: 'value', name: 'MB' },
    series: [...TIERS, { tier: 'Redis', prefix: 'redis' } as const].map(({ tier, prefix }) => ({
      type: 'line',
      name: tier,
      showSymbol: false,
      data: samples.map((sample) => [sample.seconds, sample[`${prefix}Megabytes`]]),
    })),
  };
}
