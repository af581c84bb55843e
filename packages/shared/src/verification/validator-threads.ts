import { createRequire } from 'node:module';
import type { ValidatorOutcome, ValidatorQuestion } from '@x402-facilitator/cardano';
import { Piscina } from 'piscina';

/** Threads of this process that answer what the ledger's validator is asked. */
export type ValidatorThreads = {
  /**
   * Answers as `askValidator` would.
   *
   * @throws Error when the thread died over it, and the next one too.
   */
  ask(question: ValidatorQuestion): Promise<ValidatorOutcome>;
  /** Ends the threads; what they have not answered yet fails. */
  close(): Promise<void>;
};

/** What a thread of piscina's imports. It is looked up as Node does, so that it is the built file in tests, too. */
const THREAD = createRequire(import.meta.url).resolve('@x402-facilitator/cardano/validator-thread');

/** Questions that wait at a thread, so that it need not be woken for each. */
const QUESTIONS_PER_THREAD = 8;

/**
 * A thread that holds a few questions at a time needs a small young generation. The old one stays unlimited: V8 ends the
 * whole process, not the thread, when WebAssembly's memory grows beside a full one.
 */
const HEAP = { maxYoungGenerationSizeMb: 8 };

/** Loads the validator, and asks nothing of it. */
const WARM_UP: ValidatorQuestion = { transactionHex: '', context: '{}' };

/**
 * Starts the threads. The validator takes longer than all other steps of a verification, and a script that it runs may
 * take much longer: in a thread of its own it holds up no other request.
 */
export function startValidatorThreads({
  threads,
  module = THREAD,
}: {
  readonly threads: number;
  /** Path of the module whose default export answers; what tests replace. */
  readonly module?: string;
}): ValidatorThreads {
  const pool = new Piscina<ValidatorQuestion, ValidatorOutcome>({
    filename: module,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: QUESTIONS_PER_THREAD,
    recordTiming: false,
    resourceLimits: HEAP,
  });
  // Compiled while the process starts rather than while the first payer waits.
  for (let thread = 0; thread < threads; thread += 1) pool.run(WARM_UP).catch(() => undefined);
  /** One after the other, so that a question that kills its thread again takes no other question with it. */
  let secondChances: Promise<unknown> = Promise.resolve();
  const askAgain = (question: ValidatorQuestion): Promise<ValidatorOutcome> => {
    const answer = secondChances.then(() => pool.run(question));
    secondChances = answer.catch(() => undefined);
    return answer;
  };
  return {
    ask: (question) => pool.run(question).catch(() => askAgain(question)),
    close: () => pool.destroy(),
  };
}
