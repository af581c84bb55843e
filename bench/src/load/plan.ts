import type { Busyness, Latency } from '../support/index.js';

/** What a load generator is to do. It travels to another process as JSON. */
export type LoadPlan = {
  /** Origin of the server. */
  readonly url: string;
  readonly method: 'POST' | 'GET';
  /** Of every request; where `lines` are paths, each line is the path itself. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lines: 'bodies' | 'paths';
  /** One request a line. */
  readonly linesFile: string;
  /** What makes an answer the right one. */
  readonly expects: { readonly status: number; readonly contains: string };
  /** Each with one request at a time. */
  readonly connections: number;
  /** Not measured: lets both sides warm up. */
  readonly warmupMs: number;
  /** The longest that is measured; it ends earlier when the lines are used up. */
  readonly durationMs: number;
  /** Whether to begin again when the lines are used up. */
  readonly cycle: boolean;
  /** Requests begin at this rate; as fast as the answers come when left out. */
  readonly perSecond?: number;
  /** Processes to watch meanwhile: their ids by name. */
  readonly watch: Readonly<Record<string, number>>;
  /** Whether to tell of each request. */
  readonly keepEach: boolean;
  /** Where the outcome is written. */
  readonly outcomeFile: string;
};

/** One request. */
export type RequestTime = {
  /** Which line. */
  readonly line: number;
  /** POSIX milliseconds. */
  readonly startedAtMs: number;
  readonly ms: number;
};

export type LoadOutcome = {
  /** With the right answer, within the measured time. */
  readonly requests: number;
  /** All that were sent, the warm-up's included. */
  readonly sent: number;
  readonly wrongAnswers: number;
  /** The first wrong answer, or why there was none. */
  readonly firstWrong?: string;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latency: Latency;
  /** Of what was watched, and of the generator itself. */
  readonly busyness: Busyness;
  /** Every request, the warm-up's included, where they were to be kept. */
  readonly each: readonly RequestTime[];
};
