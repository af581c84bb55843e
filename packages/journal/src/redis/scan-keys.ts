import type { Redis } from 'ioredis';
import { answered } from './answered.js';

/** Keys that Redis looks at in one go. */
const SCAN_COUNT = 500;

/** The hash tag's braces and what else a glob would take for a pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]{}]/g, '\\$&');
}

/**
 * What follows a prefix in the names of all keys that have it, each once, in no order, a batch at a time. It walks the
 * whole of Redis's keys; one that appears meanwhile may be missed.
 *
 * @throws JournalUnavailableError when Redis does not answer.
 */
export async function* scanKeys(redis: Redis, prefix: string): AsyncIterable<readonly string[]> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await answered(() =>
      redis.scan(cursor, 'MATCH', `${escapeGlob(prefix)}*`, 'COUNT', SCAN_COUNT),
    );
    cursor = next;
    const names = found.map((key) => key.slice(prefix.length)).filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    if (names.length > 0) yield [...new Set(names)];
  } while (cursor !== '0');
}
