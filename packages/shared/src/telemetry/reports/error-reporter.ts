import type { TracePosition } from '../tracing/index.js';

/** A fault of the facilitator or its dependencies that a person must look at. */
export type Problem = {
  /** What happened, as one of a fixed set of sentences, so that equal problems are counted together. */
  readonly what: string;
  /** `fatal` when it ends the process. */
  readonly level?: 'error' | 'fatal' | undefined;
  readonly error?: unknown;
  /** What it concerns: request id, transaction id, network, route. Never a payload. */
  readonly tags?: Readonly<Record<string, string | undefined>> | undefined;
  readonly trace?: TracePosition | undefined;
};

/** Where problems are reported; unset where no DSN is configured. */
export interface ErrorReporter {
  /** Never throws and never waits. */
  report(problem: Problem): void;
}
