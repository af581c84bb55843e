import { setTimeout as sleep } from 'node:timers/promises';

export type WaitOptions = {
  /** What is awaited, for the error message: "the API to be ready". */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
};

/**
 * Asks `probe` again and again until it answers something other than `undefined` or `false`.
 *
 * @throws Error that names `what`, and the probe's latest error, when the time is up.
 */
export async function waitUntil<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeoutMs = 20_000, everyMs = 50 }: WaitOptions,
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
