import type { Config } from '@x402-facilitator/shared/config';

export type Retry = Config['webhooks']['retry'];

/** A delay is shorter or longer by up to this share, so that what failed together is not tried together. */
const JITTER = 0.2;

/**
 * When an event is tried again: each time twice as late, up to the longest delay, and once more at the end of its time.
 *
 * @param options.attempts that failed so far, at least one.
 * @param options.random in [0, 1).
 * @returns POSIX milliseconds, or undefined where its time is over.
 */
export function nextAttemptMs(options: {
  readonly attempts: number;
  readonly queuedAtMs: number;
  readonly nowMs: number;
  readonly retry: Retry;
  readonly random: () => number;
}): number | undefined {
  const { attempts, queuedAtMs, nowMs, retry, random } = options;
  const endMs = queuedAtMs + retry.giveUpSeconds * 1000;
  if (nowMs >= endMs) return undefined;
  const delayMs = Math.min(retry.firstDelayMs * 2 ** (attempts - 1), retry.longestDelayMs);
  return Math.min(nowMs + delayMs * (1 - JITTER + 2 * JITTER * random()), endMs);
}

/** What a Retry-After says, in seconds or as a date, at most `longestDelayMs` from now. Undefined where it cannot be read. */
export function retryAfterMs(header: string | undefined, nowMs: number, retry: Retry): number | undefined {
  if (header === undefined) return undefined;
  const atMs = /^\d{1,9}$/.test(header) ? nowMs + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(atMs) || atMs <= nowMs ? undefined : Math.min(atMs, nowMs + retry.longestDelayMs);
}
