/** Whether one more report may go out. */
export type ReportBudget = {
  /** @returns how many equal ones were held back since the last, or undefined when this one is held back as well. */
  admit(what: string): { readonly heldBack: number } | undefined;
};

const MINUTE_MS = 60_000;

/**
 * Limits what an outage sends: equal problems once a minute, and so many different ones in any minute. Held back
 * reports are counted, and the next one of their kind says how many there were.
 *
 * @param options.perMinute reports of all kinds together.
 * @param options.now a clock in milliseconds.
 */
export function createReportBudget({
  perMinute,
  now,
}: {
  readonly perMinute: number;
  readonly now: () => number;
}): ReportBudget {
  const kinds = new Map<string, { lastMs: number; heldBack: number }>();
  let sentMs: number[] = [];
  return {
    admit(what) {
      const nowMs = now();
      sentMs = sentMs.filter((ms) => nowMs - ms < MINUTE_MS);
      const kind = kinds.get(what);
      const isRepeated = kind !== undefined && nowMs - kind.lastMs < MINUTE_MS;
      if (isRepeated || sentMs.length >= perMinute) {
        if (kind !== undefined) kind.heldBack += 1;
        return undefined;
      }
      sentMs.push(nowMs);
      kinds.set(what, { lastMs: nowMs, heldBack: 0 });
      return { heldBack: kind?.heldBack ?? 0 };
    },
  };
}
