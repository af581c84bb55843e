import type { TracePosition } from '../tracing/index.js';

/** Something that somebody has to look at: the facilitator's fault, or its surroundings'. */
export type Problem = {
  /** What happened, in words of a bounded set: equal problems are counted together. */
  readonly what: string;
  /** `fatal` when the process ends of it. */
  readonly level?: 'error' | 'fatal' | undefined;
  readonly error?: unknown;
  /** Who is concerned: request id, transaction id, network, route. Never a payload. */
  readonly tags?: Readonly<Record<string, string | undefined>> | undefined;
  readonly trace?: TracePosition | undefined;
};

/** Where problems are reported. There is none when no DSN is configured. */
export interface ErrorReporter {
  /** Never throws and never waits. */
  report(problem: Problem): void;
}
