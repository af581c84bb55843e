export type Cleanups = {
  /** Adds a function that undoes what was just done. */
  add(cleanup: () => Promise<unknown>): void;
  /**
   * Undoes everything, the latest first, so that each thing ends before what it depends on. Safe to call twice.
   *
   * @throws AggregateError when something cannot be undone; the rest is undone all the same
   */
  run(): Promise<void>;
};

/** Collects what has to be undone. */
export function createCleanups(): Cleanups {
  const cleanups: (() => Promise<unknown>)[] = [];
  return {
    add: (cleanup) => cleanups.push(cleanup),
    async run() {
      const failures: unknown[] = [];
      for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) {
        await next().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'Not everything stopped cleanly');
    },
  };
}
