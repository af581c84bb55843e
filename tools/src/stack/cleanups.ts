export type Cleanups = {
  /** Remembers how to undo what was just done. */
  add(cleanup: () => Promise<unknown>): void;
  /**
   * Undoes everything, the latest first, so that nothing loses what it depends on before its own end. Safe to call twice.
   *
   * @throws AggregateError when something could not be undone; the rest is undone nevertheless.
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
