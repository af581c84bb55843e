/** The times of many requests, in milliseconds. */
export type Latency = {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/**
 * The value that a share of all values does not exceed: the nearest rank, so always one that was measured.
 *
 * @param share above 0 and at most 1.
 * @returns 0 for no values.
 */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** @param durations milliseconds, in any order. */
export function latencyOf(durations: readonly number[]): Latency {
  const sorted = durations.toSorted((a, b) => a - b);
  return {
    p50Ms: rounded(percentile(sorted, 0.5)),
    p95Ms: rounded(percentile(sorted, 0.95)),
    p99Ms: rounded(percentile(sorted, 0.99)),
    maxMs: rounded(sorted.at(-1) ?? 0),
  };
}

/** The middle one: of two, the lower. The same bad second must not decide a whole benchmark. */
export function medianBy<T>(items: readonly T[], rankOf: (item: T) => number): T | undefined {
  return items.toSorted((a, b) => rankOf(a) - rankOf(b))[Math.ceil(items.length / 2) - 1];
}

export type Point = { readonly x: number; readonly y: number };

/** How much y grows per unit of x, by least squares; 0 where x does not vary. */
export function slopeOf(points: readonly Point[]): number {
  const meanX = meanOf(points.map(({ x }) => x));
  const meanY = meanOf(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (spread === 0) return 0;
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

/** 0 for no values. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Two decimals below 10, one below 100, else none: what a table can hold and a measurement can say. */
export function rounded(value: number): number {
  const digits = Math.abs(value) < 10 ? 100 : Math.abs(value) < 100 ? 10 : 1;
  return Math.round(value * digits) / digits;
}
