import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { err, type Result } from '@x402-facilitator/cardano';
import pTimeout from 'p-timeout';
import type { Question } from './question.js';
import type { Evaluation } from './scalus/evaluate.js';

/** Looked up as Node does, so that it is the built file in tests, too. */
const THREAD = createRequire(import.meta.url).resolve('@x402-facilitator/second-judge/evaluate-thread');

/**
 * What the Plutus scripts of a transaction spend, whatever budget it declares. They run in a thread of their own, which is
 * ended with the answer, or at the deadline.
 *
 * @returns why there are no budgets: a script fails, or does not end in time.
 */
export async function evaluateWithin(
  question: Question,
  milliseconds: number,
): Promise<Result<readonly Evaluation[], string>> {
  // Without this process's own flags: a built file imports built files.
  const worker = new Worker(THREAD, { execArgv: [] });
  // Node 20 aborts the whole process when a thread is ended while it imports a module.
  await once(worker, 'message');
  try {
    const answered = once(worker, 'message') as Promise<[Result<readonly Evaluation[], string>]>;
    worker.postMessage(question);
    const [answer] = await pTimeout(answered, { milliseconds });
    return answer;
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  } finally {
    await worker.terminate();
  }
}
