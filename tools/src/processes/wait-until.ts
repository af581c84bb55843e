import { setTimeout as sleep } from 'node:timers/promises';

export type WaitOptions = {
  /** What to wait for, as the error names it: "the API to be ready". */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
};

/**
 * Calls `probe` until it returns something other than `undefined` or `false`.
 *
 * @throws Error that names `what`, with the probe's last error as its cause, when the time is up
 */
export async function waitUntil<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeoutMs = 240_000, everyMs = 50 }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let latest: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      latest = undefined;
    } catch (error) {
      latest = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`Waited ${timeoutMs} ms for ${what}`, { cause: latest });
    }
    await sleep(everyMs);
  }
}
