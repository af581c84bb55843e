/** The preferences of a caller (RFC 7240) that are supported here. */
export type Preference = {
  /** How long to wait, in milliseconds, up to the maximum. */
  readonly waitMs: number;
  /** The preferences applied, for `Preference-Applied`; empty for none. */
  readonly applied: string;
};

/**
 * Reads `Prefer`. `wait=N` waits N seconds, at most `maxWaitMs`. `respond-async` does not wait at all, unless `wait` comes
 * with it. Other preferences are ignored, as the RFC asks.
 */
export function readPreference(
  header: string | readonly string[] | undefined,
  offered: { readonly waitMs: number; readonly maxWaitMs: number },
): Preference {
  const preferences = (typeof header === 'string' ? header : (header?.join(',') ?? ''))
    .split(',')
    .map((preference) => preference.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  const isAsync = preferences.includes('respond-async');
  const seconds = preferences
    .map((preference) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(preference)?.[1])
    .find(Boolean);
  const applied = isAsync ? ['respond-async'] : [];
  if (seconds === undefined) return { waitMs: isAsync ? 0 : offered.waitMs, applied: applied.join(', ') };
  const waitMs = Math.min(Number(seconds) * 1000, offered.maxWaitMs);
  return { waitMs, applied: [...applied, `wait=${Math.floor(waitMs / 1000)}`].join(', ') };
}
