/** A figure of one run. */
export type Figure = {
  /** Benchmark, place in its figures, and which figure. */
  readonly name: string;
  readonly better: 'more' | 'less';
  readonly value: number;
};

/** What tells the elements of a list apart. */
const IDENTITIES = [
  'cache',
  'providerLatencyMs',
  'connections',
  'offeredPerSecond',
  'workers',
  'tier',
  'kind',
];
const RATE = /perSecond$/i;
const COST =
  /^(?:p50Ms|p99Ms|cpuMicrosPerRequest|median|medianReadyMs|restingMegabytes|callsPerBlock|total)$|PerSettlement$/;
/** They follow from settings, not from the code. */
const SETTINGS = ['offeredPerSecond', 'ceilingPerWorker'];

/** The rates, the middle and the slow times, and the costs among the figures of a benchmark's report. */
export function figuresOf(figures: unknown, name: string): Figure[] {
  if (Array.isArray(figures))
    return figures.flatMap((each) => figuresOf(each, `${name} ${identityOf(each)}`.trim()));
  if (typeof figures !== 'object' || figures === null) return [];
  return Object.entries({ ...figures, ...cpuPerRequest(figures) }).flatMap(([key, value]): Figure[] => {
    const here = `${name} ${key}`;
    if (typeof value !== 'number') return figuresOf(value, here);
    if (SETTINGS.includes(key)) return [];
    if (RATE.test(key)) return [{ name: here, better: 'more', value }];
    return COST.test(key) ? [{ name: here, better: 'less', value }] : [];
  });
}

/**
 * The server's CPU time for each request. It depends less than a rate on what else the machine does, and on how much of it
 * the load generator takes.
 */
function cpuPerRequest(figures: object): { readonly cpuMicrosPerRequest?: number } {
  const { perSecond, serverCores, busyness } = figures as {
    readonly perSecond?: unknown;
    readonly serverCores?: unknown;
    readonly busyness?: { readonly processes?: { readonly api?: unknown } };
  };
  const cores = serverCores ?? busyness?.processes?.api;
  return typeof perSecond === 'number' && typeof cores === 'number' && perSecond > 0
    ? { cpuMicrosPerRequest: (cores / perSecond) * 1e6 }
    : {};
}

function identityOf(element: unknown): string {
  const fields = Object.entries(element ?? {}).filter(([key]) => IDENTITIES.includes(key));
  return fields.map(([key, value]) => `${key}=${value}`).join(' ');
}

/** A figure of both sides over all pairs of runs. */
export type Ratio = Omit<Figure, 'value'> & {
  readonly these: readonly number[];
  readonly those: readonly number[];
  /** This over that, of each pair. */
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** `undefined` while the pairs disagree. */
  readonly verdict?: 'better' | 'worse' | undefined;
};

export type Pair = { readonly this: readonly Figure[]; readonly that: readonly Figure[] };

/** The ratios of every figure that all runs have. */
export function ratiosOf(pairs: readonly Pair[]): Ratio[] {
  return (pairs[0]?.this ?? []).flatMap(({ name, better }) => {
    const valuesOf = (side: keyof Pair) =>
      pairs.flatMap((pair) => pair[side].find((figure) => figure.name === name)?.value ?? []);
    const [these, those] = [valuesOf('this'), valuesOf('that')];
    // A ratio to 0 does not exist, as for a latency below what the clock shows.
    if (these.length < pairs.length || those.length < pairs.length || those.includes(0)) return [];
    const ratios = these.map((value, index) => value / (those[index] ?? value)).sort((a, b) => a - b);
    const [min = 1, median = 1, max = 1] = [0, Math.ceil(ratios.length / 2) - 1, ratios.length - 1].map(
      (place) => ratios[place],
    );
    const verdict = min > 1 ? better === 'more' : max < 1 ? better === 'less' : undefined;
    return [
      {
        ...{ name, better, these, those, min, median, max },
        verdict: verdict === undefined ? undefined : verdict ? 'better' : 'worse',
      },
    ];
  });
}

/** How far runs of the same commit differ, in percent of the smaller value: at the middle figure, and at the worst. */
export function noiseOf(ratios: readonly Ratio[]): {
  readonly medianPercent: number;
  readonly maxPercent: number;
} {
  const spreads = ratios
    .flatMap(({ these, those }) => [these, those])
    .map((values) => Math.round((Math.max(...values) / Math.min(...values) - 1) * 100))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return {
    medianPercent: spreads[Math.ceil(spreads.length / 2) - 1] ?? 0,
    maxPercent: spreads.at(-1) ?? 0,
  };
}
