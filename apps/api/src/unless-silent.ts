import { JournalUnavailableError } from '@x402-facilitator/journal';

const TURN_MS = 50;

/**
 * Waits for an answer of Redis, but not for a silent Redis. The time is counted in turns of the event loop: a process that
 * is too busy to read an answer has not waited for it.
 *
 * @throws JournalUnavailableError when Redis was silent for so long, or what `answer` throws.
 */
export function unlessSilent<T>(answer: Promise<T>, silentMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let turnsLeft = Math.ceil(silentMs / TURN_MS);
    const turns = setInterval(() => {
      turnsLeft -= 1;
      if (turnsLeft > 0) return;
      clearInterval(turns);
      reject(new JournalUnavailableError(`Redis has been silent for ${silentMs} ms`));
    }, TURN_MS);
    answer.then(
      (value) => {
        clearInterval(turns);
        resolve(value);
      },
      (error: unknown) => {
        clearInterval(turns);
        reject(error);
      },
    );
  });
}
