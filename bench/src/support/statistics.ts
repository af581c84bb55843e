/** The times of many requests, in milliseconds. */
export type Latency = {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/**
 * The value that a share of all values does not exceed, by nearest rank: always one that was measured.
 *
 * @param share above 0 and at most 1
 * @returns 0 for no values
 */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** @param durations milliseconds, in any order */
export function latencyOf(durations: readonly number[]): Latency {
  const sorted = durations.toSorted((a, b) => a - b);
  return {
    p50Ms: rounded(percentile(sorted, 0.5)),
    p95Ms: rounded(percentile(sorted, 0.95)),
    p99Ms: rounded(percentile(sorted, 0.99)),
    maxMs: rounded(sorted.at(-1) ?? 0),
  };
}

/** The middle one; of two, the lower. So one bad second does not decide a benchmark. */
export function medianBy<T>(items: readonly T[], rankOf: (item: T) => number): T | undefined {
  return items.toSorted((a, b) => rankOf(a) - rankOf(b))[Math.ceil(items.length / 2) - 1];
}

/** How much y grows per unit of x, by least squares; 0 where x does not vary. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  const spread = sum(points.map(({ x }) => (x - meanX) ** 2));
  return spread === 0 ? 0 : sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
}

/** 0 for no values. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Two decimals below 10, one below 100, else none: more would not fit a table, nor would it mean anything. */
export function rounded(value: number): number {
  const digits = Math.abs(value) < 10 ? 100 : Math.abs(value) < 100 ? 10 : 1;
  return Math.round(value * digits) / digits;
}

/** A promise of the product, with what this run found. */
export type Target = {
  readonly target: string;
  readonly wanted: string;
  readonly found: string;
  readonly isMet: boolean;
  /** What prevents it, where the benchmark can tell. */
  readonly limit?: string;
};

/** A target for a figure of which more is better. */
export function atLeast(target: string, wanted: number, found: number, unit = ''): Target {
  return { target, wanted: `≥ ${wanted}${unit}`, found: `${found}${unit}`, isMet: found >= wanted };
}

/** A target for a figure of which less is better. */
export function atMost(target: string, wanted: number, found: number, unit = ''): Target {
  return { target, wanted: `≤ ${wanted}${unit}`, found: `${found}${unit}`, isMet: found <= wanted };
}
