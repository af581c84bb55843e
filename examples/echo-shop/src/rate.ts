import { LRUCache } from 'lru-cache';

const HOUR_MS = 3_600_000;
const REMEMBERED = 10_000;

/** Lets each payer have so many different things in an hour. Kept in memory: what must never fail is kept by the ledger. */
export function createRate(perHour: number, now: () => number): (who: string, what: string) => boolean {
  const seen = new LRUCache<string, Map<string, number>>({ max: REMEMBERED });
  return (who, what) => {
    const times = seen.get(who) ?? new Map<string, number>();
    for (const [name, atMs] of times) if (now() - atMs >= HOUR_MS) times.delete(name);
    if (times.has(what)) return true;
    if (times.size >= perHour) return false;
    seen.set(who, times.set(what, now()));
    return true;
  };
}
