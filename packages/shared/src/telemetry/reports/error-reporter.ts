import type { TracePosition } from '../tracing/index.js';

/** A fault of the facilitator or of its dependencies that a person has to look at. */
export type Problem = {
  /** What happened, out of a bounded set of sentences: equal problems are counted together. */
  readonly what: string;
  /** `fatal` when it ends the process. */
  readonly level?: 'error' | 'fatal' | undefined;
  readonly error?: unknown;
  /** Who is concerned: request id, transaction id, network, route. Never a payload. */
  readonly tags?: Readonly<Record<string, string | undefined>> | undefined;
  readonly trace?: TracePosition | undefined;
};

/** Where problems are reported; unset where no DSN is configured. */
export interface ErrorReporter {
  /** Never throws and never waits. */
  report(problem: Problem): void;
}
