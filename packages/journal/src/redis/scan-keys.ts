import type { Redis } from 'ioredis';
import { answered } from './answered.js';

/** Keys that Redis looks at per SCAN call. */
const SCAN_COUNT = 500;

/** Escapes the hash tag's braces and every other character that is special in a glob. */
function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]{}]/g, '\\$&');
}

/**
 * Finds all keys that begin with a prefix and yields the rest of each name, once, unordered, in batches. It scans all
 * of Redis's keys. A key that is added during the scan may be missed.
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
