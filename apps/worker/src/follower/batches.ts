const BATCH = 100;

/** Records are read so many at a time: thousands of pending settlements must not all be in memory at once. */
export function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
