import type { EChartsOption } from 'echarts';
import type { Benchmark, Findings } from '../benchmark.js';
import { atMost, meanOf, rounded, slopeOf, type Target, table, WORKER_HEAP_LIMIT } from '../support/index.js';
import { extentOf, measureSoak, type SoakFigures } from './measure.js';
import type { Sample } from './sample.js';

/** Less than this is how a heap breathes. */
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
    };
  },
  describe,
  chart,
};

/** How the memory of a tier went in the second half, when everything that is filled once is full. */
function growthOf(samples: readonly Sample[], megabytesOf: (sample: Sample) => number) {
  const second = samples.slice(Math.floor(samples.length / 2));
  const perSecond = slopeOf(second.map((sample) => ({ x: sample.seconds, y: megabytesOf(sample) })));
  const seconds = (second.at(-1)?.seconds ?? 0) - (second[0]?.seconds ?? 0);
  return {
    megabytesPerMinute: rounded(perSecond * 60),
    percent: rounded(((perSecond * seconds) / meanOf(second.map(megabytesOf))) * 100),
    last: megabytesOf(samples.at(-1) ?? NOTHING),
  };
}

const NO_DELAY = { p50Ms: 0, p99Ms: 0, maxMs: 0 };
const NOTHING: Sample = {
  ...{ seconds: 0, apiMegabytes: 0, workerMegabytes: 0, redisMegabytes: 0 },
  ...{ apiDelay: NO_DELAY, workerDelay: NO_DELAY },
};

const TIERS = [
  { tier: 'API', mostMegabytes: 250, megabytesOf: (sample: Sample) => sample.apiMegabytes },
  { tier: 'worker', mostMegabytes: 300, megabytesOf: (sample: Sample) => sample.workerMegabytes },
] as const;

/** Of a short run the slope says nothing. */
function targetsOf(figures: SoakFigures, isLong: boolean): Target[] {
  return [
    atMost('settlements lost', 0, figures.lost),
    atMost('not applied to the chain exactly once', 0, figures.notAppliedOnce),
    atMost('Redis per settled payment', 8, figures.redisKilobytesPerSettlement, ' KB'),
    ...TIERS.flatMap(({ tier, mostMegabytes, megabytesOf }) => {
      const { last, percent } = growthOf(figures.samples, megabytesOf);
      return [
        atMost(`${tier} at the end`, mostMegabytes, last, ' MB'),
        ...(isLong ? [atMost(`${tier}, growth in the second half`, FLAT_PERCENT, percent, ' %')] : []),
      ];
    }),
  ];
}

function describe({ figures }: Findings<SoakFigures>): string {
  const { settlements, seconds, accepted, samples } = figures;
  const worst = (delayOf: (sample: Sample) => number) => Math.max(...samples.slice(1).map(delayOf));
  return `${settlements} settlements in ${seconds} s, ${accepted.perSecond} a second: ${figures.confirmed} confirmed, ${figures.lost} lost,
${figures.notAppliedOnce} not applied to the chain exactly once (by the ledger's own count). Accepted after ${accepted.p50Ms} ms (p50),
${accepted.p99Ms} ms (p99).

${table(
  ['per settlement', { number: '' }],
  [
    ['Redis memory, KB', figures.redisKilobytesPerSettlement],
    ['Redis commands, those inside scripts included', figures.redisCommandsPerSettlement],
    ['Redis scripts', figures.redisScriptsPerSettlement],
  ],
)}

The commands are all that the server saw: heartbeats, leases and the follower's looks are among them.

${table(
  [
    'tier',
    ...['first MB', 'last MB', 'MB a minute, second half', 'event loop p99 ms', 'event loop most ms'].map(
      (number) => ({ number }),
    ),
  ],
  TIERS.map(({ tier, megabytesOf }) => [
    tier,
    megabytesOf(samples[0] ?? NOTHING),
    megabytesOf(samples.at(-1) ?? NOTHING),
    growthOf(samples, megabytesOf).megabytesPerMinute,
    worst(({ apiDelay, workerDelay }) => (tier === 'API' ? apiDelay : workerDelay).p99Ms),
    worst(({ apiDelay, workerDelay }) => (tier === 'API' ? apiDelay : workerDelay).maxMs),
  ]),
)}

The event loop's figures are those of the worst sample.`;
}

function chart({ figures: { samples } }: Findings<SoakFigures>): EChartsOption {
  const line = (name: string, megabytesOf: (sample: Sample) => number) => ({
    type: 'line' as const,
    name,
    showSymbol: false,
    data: samples.map((sample) => [sample.seconds, megabytesOf(sample)]),
  });
  return {
    xAxis: { type: 'value', name: 's' },
    yAxis: { type: 'value', name: 'MB' },
    series: [
      line('API', ({ apiMegabytes }) => apiMegabytes),
      line('worker', ({ workerMegabytes }) => workerMegabytes),
      line('Redis', ({ redisMegabytes }) => redisMegabytes),
    ],
  };
}
