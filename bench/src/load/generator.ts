import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { latencyOf, rounded } from '../support/statistics.js';
import { watchBusyness } from '../support/usage.js';
import type { LoadOutcome, LoadPlan, RequestTime } from './index.js';

// A process of its own, so that making load does not compete with the event loop of what measures or is measured. It imports
// no stack: what a stack imports holds WebAssembly, and threads that compile it would take the cores while this measures.

/** No request takes longer, unless its answer is lost. */
const ANSWER_TIMEOUT_MS = 120_000;

const [planFile = '', outcomeFile = ''] = process.argv.slice(2);
const plan = JSON.parse(await readFile(planFile, 'utf8')) as LoadPlan;
await writeFile(outcomeFile, JSON.stringify(await makeLoad()));

/** Sends the requests of the plan and times them. */
async function makeLoad(): Promise<LoadOutcome> {
  const timeouts = { bodyTimeout: ANSWER_TIMEOUT_MS, headersTimeout: ANSWER_TIMEOUT_MS };
  const clients = Array.from(
    { length: plan.connections },
    () => new Client(plan.url, { pipelining: 1, ...timeouts }),
  );
  const nextRequest = createCounter();
  try {
    const warmUp = await send(clients, nextRequest, plan.warmUpMs);
    const stopWatching = await watchBusyness({ ...plan.watch, generator: process.pid });
    const { each, wrong, seconds } = await send(clients, nextRequest, plan.durationMs);
    const busyness = await stopWatching();
    const [firstWrong] = [...warmUp.wrong, ...wrong];
    return {
      requests: each.length,
      sent: warmUp.each.length + each.length,
      wrongAnswers: warmUp.wrong.length + wrong.length,
      ...(firstWrong === undefined ? {} : { firstWrong }),
      seconds: rounded(seconds),
      perSecond: seconds === 0 ? 0 : rounded(each.length / seconds),
      latency: latencyOf(each.map(({ ms }) => ms)),
      busyness,
      each: plan.keepEach ? [...warmUp.each, ...each] : [],
    };
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

/** Gives the place of one request after the other; `undefined` when there are no more. */
function createCounter(): () => number | undefined {
  const { length } = plan.requests;
  let turn = 0;
  return () => (length === 0 || (turn >= length && !plan.cycle) ? undefined : turn++ % length);
}

async function send(
  clients: readonly Client[],
  nextRequest: () => number | undefined,
  durationMs: number,
): Promise<{ readonly each: RequestTime[]; readonly wrong: string[]; readonly seconds: number }> {
  const each: RequestTime[] = [];
  const wrong: string[] = [];
  const startedMs = performance.now();
  let begun = 0;
  const work = async (client: Client) => {
    while (performance.now() - startedMs < durationMs) {
      const request = nextRequest();
      if (request === undefined) return;
      begun += 1;
      if (plan.perSecond !== undefined) await sleepUntil(startedMs + (begun * 1000) / plan.perSecond);
      const atMs = performance.now();
      const mistake = await ask(client, plan.requests[request] ?? '');
      const ms = performance.now() - atMs;
      if (mistake === undefined) each.push({ request, startedAtMs: performance.timeOrigin + atMs, ms });
      else wrong.push(mistake);
    }
  };
  await Promise.all(clients.map(work));
  return { each, wrong, seconds: (performance.now() - startedMs) / 1000 };
}

/**
 * Takes the answer as it comes: streams and promises of a client's comfort would cost more than many an answer does.
 *
 * @returns what is wrong with the answer, if anything
 */
function ask(client: Client, request: string): Promise<string | undefined> {
  const { postTo, headers, expects } = plan;
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    client.dispatch(
      postTo === undefined
        ? { method: 'GET', path: request, headers }
        : { method: 'POST', path: postTo, headers, body: request },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          text += chunk.toString('latin1');
        },
        onResponseEnd() {
          const isRight = status === expects.status && text.includes(expects.contains);
          const wanted = `${expects.status} with ${expects.contains}`;
          resolve(isRight ? undefined : `expected ${wanted}, found ${status}: ${text.slice(0, 300)}`);
        },
        onResponseError(_controller, error) {
          resolve(`expected an answer, found ${error.message}`);
        },
      },
    );
  });
}

async function sleepUntil(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs > 1) await sleep(leftMs);
}
