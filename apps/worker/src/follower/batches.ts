const BATCH = 100;

/** Splits for reading: thousands of pending settlements must not all be in memory at once. */
export function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
