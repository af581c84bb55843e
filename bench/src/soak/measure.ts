import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type AppProcess, type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { Redis } from 'ioredis';
import type { RunOptions, Scale } from '../benchmark.js';
import { type JournalAccess, openJournal } from '../journal/index.js';
import { postPayments } from '../load/index.js';
import { openPaymentSigner, type PreparedPayment } from '../payments/index.js';
import {
  type EventLoopDelay,
  type Latency,
  rounded,
  scrapeEventLoopDelay,
  usageOf,
  WORKER_HEAP_LIMIT,
} from '../support/index.js';

export type SoakFigures = {
  readonly settlements: number;
  readonly seconds: number;
  /** POST to 202. */
  readonly accepted: Latency & { readonly perSecond: number };
  readonly confirmed: number;
  /** Not confirmed; must be 0. */
  readonly lost: number;
  /** Applied to the chain more or less than once; must be 0. */
  readonly notAppliedOnce: number;
  readonly redisKilobytesPerSettlement: number;
  /** Including those inside scripts, heartbeats and looks at the chain. */
  readonly redisCommandsPerSettlement: number;
  readonly redisScriptsPerSettlement: number;
  readonly samples: readonly Sample[];
};

/** The state of all processes at one moment. */
export type Sample = {
  /** Since the first payment. */
  readonly seconds: number;
  readonly apiMegabytes: number;
  readonly workerMegabytes: number;
  readonly redisMegabytes: number;
  /** Since the sample before. */
  readonly apiDelay: EventLoopDelay;
  readonly workerDelay: EventLoopDelay;
};

type SoakExtent = { readonly settlements: number; readonly seconds: number };

const EXTENTS: Readonly<Record<Scale, SoakExtent>> = {
  full: { settlements: 50_000, seconds: 600 },
  quick: { settlements: 900, seconds: 12 },
  smoke: { settlements: 20, seconds: 1 },
};
/** Payments are signed before the first is sent, and a facilitator accepts none that stays valid for more than an hour. */
const LONGEST_SECONDS = 3_000;
const TTL_SECONDS = 3_500;
const SAMPLES = 60;
const CONNECTIONS = 64;
const PATIENCE_MS = 600_000;

/** What was asked for, or what the scale has. */
export function extentOf({ scale, settlements, seconds }: RunOptions): SoakExtent {
  const extent = {
    settlements: settlements ?? EXTENTS[scale].settlements,
    seconds: seconds ?? EXTENTS[scale].seconds,
  };
  if (extent.seconds > LONGEST_SECONDS)
    throw new RangeError(`seconds: expected at most ${LONGEST_SECONDS}, found ${extent.seconds}`);
  return extent;
}

/** Settles payments at a steady rate and measures what that leaves behind. */
export async function measureSoak(options: RunOptions): Promise<SoakFigures> {
  const { announce } = options;
  const { settlements, seconds } = extentOf(options);
  const stack = await startStack({
    ...{ paywall: false, blockMs: 1_000, judge: 'own', redis: { exclusive: true, persistence: 'always' } },
    settings: { NODE_OPTIONS: WORKER_HEAP_LIMIT },
  });
  const access = openJournal(stack);
  const { redis, journal } = access;
  try {
    const [[api], [worker]] = [stack.apis, stack.workers];
    if (api === undefined || worker === undefined) throw new Error('expected an API and a worker');
    announce(`signing ${settlements} payments`);
    const signer = await openPaymentSigner(stack, { outputs: settlements });
    const payments = signer.sign(settlements, { ttlSeconds: TTL_SECONDS });
    announce(`settling them over ${seconds} s`);
    const before = await readRedis(redis);
    const over = new AbortController();
    const sampling = sampleUntil(
      { api, worker, redis },
      Math.max(500, (seconds * 1_000) / SAMPLES),
      over.signal,
    );
    const settling = async () => {
      const outcome = await postPayments(api.url, '/settle', payments, {
        ...{ connections: CONNECTIONS, perSecond: settlements / seconds },
        // Until all are sent, however long a slow machine takes.
        durationMs: LONGEST_SECONDS * 1_000,
      });
      announce('waiting for the last confirmations');
      await waitUntil(async () => (await journal.counts(stack.network)).pending === 0, {
        what: 'every settlement to end',
        timeoutMs: PATIENCE_MS,
        everyMs: 250,
      });
      return outcome;
    };
    const outcome = await settling().finally(() => over.abort());
    const samples = await sampling;
    const after = await readRedis(redis);
    const each = (grown: number) => rounded(grown / settlements);
    return {
      settlements,
      seconds: outcome.seconds,
      accepted: { ...outcome.latency, perSecond: outcome.perSecond },
      ...(await audit(stack, access, payments)),
      redisKilobytesPerSettlement: each((after.usedBytes - before.usedBytes) / 1024),
      redisCommandsPerSettlement: each(after.commands - before.commands),
      redisScriptsPerSettlement: each(after.scripts - before.scripts),
      samples,
    };
  } finally {
    await access.close();
    await stack.stop();
  }
}

/** Compares what was sent with the journal, and with the ledger itself. */
async function audit(
  { control }: Stack,
  { readAll }: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<Pick<SoakFigures, 'confirmed' | 'lost' | 'notAppliedOnce'>> {
  const records = await readAll(payments.map(({ txHash }) => txHash));
  const confirmed = records.filter((record) => record?.state === 'confirmed').length;
  const applied = new Map((await control.submissions()).map((each) => [each.txHash, each.applied]));
  const notAppliedOnce = payments.filter(({ txHash }) => applied.get(txHash) !== 1).length;
  return { confirmed, lost: payments.length - confirmed, notAppliedOnce };
}

type Watched = { readonly api: AppProcess; readonly worker: AppProcess; readonly redis: Redis };

/** Takes samples until the signal fires, and a last one then. */
async function sampleUntil(watched: Watched, everyMs: number, over: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const startedMs = performance.now();
  while (!over.aborted) {
    samples.push(await sample(watched, startedMs));
    await sleep(everyMs, undefined, { signal: over }).catch(() => undefined);
  }
  samples.push(await sample(watched, startedMs));
  return samples;
}

async function sample({ api, worker, redis }: Watched, startedMs: number): Promise<Sample> {
  const [ofApi, ofWorker, apiDelay, workerDelay, { usedBytes }] = await Promise.all([
    usageOf(api.process.pid),
    usageOf(worker.process.pid),
    scrapeEventLoopDelay(api.url),
    scrapeEventLoopDelay(worker.url),
    readRedis(redis),
  ]);
  return {
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    apiMegabytes: ofApi.residentMegabytes,
    workerMegabytes: ofWorker.residentMegabytes,
    redisMegabytes: Math.round((usedBytes / 2 ** 20) * 10) / 10,
    ...{ apiDelay, workerDelay },
  };
}

/** Memory in use, and since the server started: all commands, with those that scripts call, and all scripts. */
async function readRedis(redis: Redis) {
  const [memory, stats, commands] = await Promise.all(
    ['memory', 'stats', 'commandstats'].map((section) => redis.info(section)),
  );
  const numberOf = (text: string | undefined, name: string) =>
    Number(new RegExp(`^${name}:(?:calls=)?(\\d+)`, 'm').exec(text ?? '')?.[1] ?? 0);
  return {
    usedBytes: numberOf(memory, 'used_memory'),
    commands: numberOf(stats, 'total_commands_processed'),
    scripts: numberOf(commands, 'cmdstat_evalsha') + numberOf(commands, 'cmdstat_eval'),
  };
}
