/** The parts of a verification that are timed (docs/metrics.md, `payment_verification_duration_seconds`). */
export type VerificationStage = 'decode' | 'rules' | 'chain' | 'ledger' | 'screening';

/** Milliseconds that one verification spent in each stage that it reached. */
export type StageTimes = Partial<Readonly<Record<VerificationStage, number>>>;

/** A stopwatch per stage; a stage that is entered twice adds up. */
export type StageStopwatch = {
  readonly times: StageTimes;
  time<Result>(stage: VerificationStage, run: () => Result): Result;
};

/** Runs a stage inside of something, as a span, and returns what it returns. */
export type AroundStage = <Result>(stage: VerificationStage, run: () => Result) => Result;

/**
 * @param now a monotonic clock in milliseconds.
 * @param around what each stage is to run inside of; nothing when unset.
 */
export function createStageStopwatch(now: () => number, around?: AroundStage): StageStopwatch {
  const times: Partial<Record<VerificationStage, number>> = {};
  return {
    times,
    time: (stage, run) => {
      const startedMs = now();
      const stop = () => {
        times[stage] = (times[stage] ?? 0) + (now() - startedMs);
      };
      const result = around === undefined ? run() : around(stage, run);
      if (!(result instanceof Promise)) {
        stop();
        return result;
      }
      return result.finally(stop) as typeof result;
    },
  };
}
