import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { latencyOf, rounded, watchBusyness } from '../support/index.js';
import type { LoadOutcome, LoadPlan, RequestTime } from './plan.js';

/** Longer than any request takes that is not lost. */
const ANSWER_TIMEOUT_MS = 120_000;

/** What one stretch of load came to. */
type Stretch = { readonly each: RequestTime[]; readonly wrong: string[]; readonly seconds: number };

/**
 * Sends what the plan says and times it.
 *
 * @param lines the requests, in their order.
 */
export async function drive(plan: LoadPlan, lines: readonly string[]): Promise<LoadOutcome> {
  const nextLine = turns(lines.length, plan.cycle);
  const clients = Array.from(
    { length: plan.connections },
    () =>
      new Client(plan.url, {
        pipelining: 1,
        bodyTimeout: ANSWER_TIMEOUT_MS,
        headersTimeout: ANSWER_TIMEOUT_MS,
      }),
  );
  try {
    const warmup = await send(plan, clients, lines, nextLine, plan.warmupMs);
    const stopWatching = await watchBusyness({ ...plan.watch, generator: process.pid });
    const { each, wrong, seconds } = await send(plan, clients, lines, nextLine, plan.durationMs);
    const busyness = await stopWatching();
    const [firstWrong] = [...warmup.wrong, ...wrong];
    return {
      requests: each.length,
      sent: warmup.each.length + each.length,
      wrongAnswers: warmup.wrong.length + wrong.length,
      ...(firstWrong === undefined ? {} : { firstWrong }),
      seconds: rounded(seconds),
      perSecond: seconds === 0 ? 0 : rounded(each.length / seconds),
      latency: latencyOf(each.map(({ ms }) => ms)),
      busyness,
      each: plan.keepEach ? [...warmup.each, ...each] : [],
    };
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

/** Hands out line after line; undefined when they are used up. */
function turns(count: number, cycle: boolean): () => number | undefined {
  let turn = 0;
  return () => {
    if (count === 0 || (turn >= count && !cycle)) return undefined;
    return turn++ % count;
  };
}

async function send(
  plan: LoadPlan,
  clients: readonly Client[],
  lines: readonly string[],
  nextLine: () => number | undefined,
  durationMs: number,
): Promise<Stretch> {
  const each: RequestTime[] = [];
  const wrong: string[] = [];
  const startedMs = performance.now();
  let begun = 0;
  const work = async (client: Client) => {
    while (performance.now() - startedMs < durationMs) {
      const line = nextLine();
      if (line === undefined) return;
      begun += 1;
      if (plan.perSecond !== undefined) await sleepUntil(startedMs + (begun * 1000) / plan.perSecond);
      const atMs = performance.now();
      const problem = await ask(plan, client, lines[line] ?? '');
      const ms = performance.now() - atMs;
      if (problem === undefined) each.push({ line, startedAtMs: performance.timeOrigin + atMs, ms });
      else wrong.push(problem);
    }
  };
  await Promise.all(clients.map(work));
  return { each, wrong, seconds: (performance.now() - startedMs) / 1000 };
}

/** @returns what is wrong with the answer, if anything. */
async function ask(plan: LoadPlan, client: Client, line: string): Promise<string | undefined> {
  const { method, headers, expects } = plan;
  try {
    const { statusCode, body } = await client.request(
      plan.lines === 'bodies'
        ? { method, path: plan.path, headers, body: line }
        : { method, path: line, headers },
    );
    const text = await body.text();
    if (statusCode === expects.status && text.includes(expects.contains)) return undefined;
    return `expected ${expects.status} with ${expects.contains}, found ${statusCode}: ${text.slice(0, 300)}`;
  } catch (error) {
    return `expected an answer, found ${error instanceof Error ? error.message : error}`;
  }
}

async function sleepUntil(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs > 1) await sleep(leftMs);
}
