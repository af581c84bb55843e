import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { baseEnvironment, ROOT } from '@x402-facilitator/tools/stack';
import type { Busyness, Latency } from '../support/index.js';

/** What a load generator has to do. It goes to another process as JSON. */
export type LoadPlan = {
  /** Origin of the server. */
  readonly url: string;
  /** Where each request is posted; without it each request is the path to get. */
  readonly postTo?: string | undefined;
  readonly requests: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** The answer that is right. */
  readonly expects: { readonly status: number; readonly contains: string };
  /** Each has one request at a time. */
  readonly connections: number;
  /** Not measured: lets both sides warm up. */
  readonly warmUpMs: number;
  /** It ends earlier when there are no more requests. */
  readonly durationMs: number;
  /** Whether to begin again when all requests are sent. */
  readonly cycle: boolean;
  /** How many requests begin in a second; without it they begin as fast as the answers come. */
  readonly perSecond?: number | undefined;
  /** Processes to watch meanwhile: their ids by name. */
  readonly watch: Readonly<Record<string, number>>;
  /** Whether the outcome holds every request. */
  readonly keepEach: boolean;
};

/** What a benchmark decides about its load; by default no warm-up, no cycle, and nothing watched or kept. */
export type LoadOptions = Pick<LoadPlan, 'connections' | 'durationMs'> &
  Partial<Pick<LoadPlan, 'warmUpMs' | 'cycle' | 'perSecond' | 'watch' | 'keepEach'>>;

/** One request. */
export type RequestTime = {
  /** Its place among the plan's requests. */
  readonly request: number;
  /** POSIX milliseconds. */
  readonly startedAtMs: number;
  readonly ms: number;
};

export type LoadOutcome = {
  /** How many got the right answer in the measured time. */
  readonly requests: number;
  /** All that were sent, in the warm-up too. */
  readonly sent: number;
  readonly wrongAnswers: number;
  /** The first wrong answer, or why there was none. */
  readonly firstWrong?: string;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latency: Latency;
  /** Of what was watched, and of the generator itself. */
  readonly busyness: Busyness;
  /** Every request, in the warm-up too, where they are kept. */
  readonly each: readonly RequestTime[];
};

const RIGHT_ANSWERS = {
  '/verify': { status: 200, contains: '"isValid":true' },
  '/settle': { status: 202, contains: '"transaction"' },
} as const;

/**
 * Posts payments: `/settle` answers as soon as it has accepted one.
 *
 * @throws Error as `runLoad` does
 */
export function postPayments(
  url: string,
  path: keyof typeof RIGHT_ANSWERS,
  payments: readonly { readonly body: string }[],
  options: LoadOptions,
): Promise<LoadOutcome> {
  return runLoad({
    ...{ url, postTo: path, requests: payments.map(({ body }) => body) },
    headers: path === '/settle' ? { prefer: 'respond-async' } : {},
    expects: RIGHT_ANSWERS[path],
    ...options,
  });
}

/** The built generator, also when this file runs from its source. */
const GENERATOR = join(ROOT, 'bench/dist/load/generator.js');

/**
 * Makes load in a process of its own and waits for its end.
 *
 * @throws Error when an answer was wrong: figures of a server that fails would mean nothing
 */
export async function runLoad(
  load: LoadOptions & Pick<LoadPlan, 'url' | 'postTo' | 'requests' | 'expects'> & Partial<LoadPlan>,
): Promise<LoadOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-load-'));
  guardDirectory(directory);
  try {
    const [planFile, outcomeFile] = [join(directory, 'plan'), join(directory, 'outcome')];
    const plan: LoadPlan = {
      ...{ warmUpMs: 0, cycle: false, watch: {}, keepEach: false },
      ...load,
      headers: { 'content-type': 'application/json', ...load.headers },
    };
    await writeFile(planFile, JSON.stringify(plan));
    const generator = await startProcess({
      name: 'load generator',
      command: process.execPath,
      args: ['--enable-source-maps', GENERATOR, planFile, outcomeFile],
      env: baseEnvironment(),
    });
    const { code } = await generator.exited;
    if (code !== 0) throw new Error(`the load generator failed: ${generator.output.recent(20).join('\n')}`);
    const outcome = JSON.parse(await readFile(outcomeFile, 'utf8')) as LoadOutcome;
    if (outcome.wrongAnswers > 0)
      throw new Error(`${outcome.wrongAnswers} wrong answers, the first: ${outcome.firstWrong}`);
    return outcome;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
