import { settlementsIn } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type Stack, startStack } from '@x402-facilitator/tools/stack';
import type { RunOptions, Scale } from '../benchmark.js';
import { type LoadOutcome, runLoad } from '../load/index.js';
import { openPurse, type PreparedPayment } from '../payments/index.js';
import {
  type JournalAccess,
  type Latency,
  openJournal,
  rounded,
  WORKER_HEAP_LIMIT,
} from '../support/index.js';
import { readRedis, type Sample, sampleUntil } from './sample.js';

export type SoakFigures = {
  readonly settlements: number;
  readonly seconds: number;
  /** POST to 202. */
  readonly accepted: Latency & { readonly perSecond: number };
  readonly confirmed: number;
  /** Neither confirmed nor refused: must be none. */
  readonly lost: number;
  /** Applied to the chain more or less than once: must be none. */
  readonly notAppliedOnce: number;
  readonly redisKilobytesPerSettlement: number;
  /** Those inside scripts, heartbeats and looks at the chain included. */
  readonly redisCommandsPerSettlement: number;
  readonly redisScriptsPerSettlement: number;
  readonly samples: readonly Sample[];
};

export type SoakExtent = { readonly settlements: number; readonly seconds: number };

const EXTENTS: Readonly<Record<Scale, SoakExtent>> = {
  full: { settlements: 50_000, seconds: 600 },
  quick: { settlements: 900, seconds: 12 },
  smoke: { settlements: 20, seconds: 1 },
};
/** Payments are signed before the first is sent, and a facilitator takes none that may land later than in an hour. */
const LONGEST_SECONDS = 3_000;
const TTL_SECONDS = 3_500;
const SAMPLES = 60;
const CONNECTIONS = 64;
const PATIENCE_MS = 600_000;
const READ_AT_A_TIME = 500;

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

/** Settles payments at a steady rate and watches what it leaves behind. */
export async function measureSoak(options: RunOptions): Promise<SoakFigures> {
  const { announce } = options;
  const { settlements, seconds } = extentOf(options);
  const stack = await startStack({
    paywall: false,
    blockMs: 1_000,
    redis: { exclusive: true, persistence: 'always' },
    // As the worker's image has it (Dockerfile).
    settings: { NODE_OPTIONS: WORKER_HEAP_LIMIT },
  });
  const desk = openJournal(stack);
  try {
    const [[api], [worker]] = [stack.apis, stack.workers];
    if (api === undefined || worker === undefined) throw new Error('expected an API and a worker');
    announce(`signing ${settlements} payments`);
    const purse = await openPurse(stack, { outputs: settlements });
    const payments = purse.pay(settlements, { ttlSeconds: TTL_SECONDS });
    announce(`settling them over ${seconds} s`);
    const before = await readRedis(desk.redis);
    const over = new AbortController();
    const sampling = sampleUntil(
      { api, worker, redis: desk.redis },
      Math.max(500, (seconds * 1_000) / SAMPLES),
      over.signal,
    );
    const outcome = await settleAll(api.url, payments, settlements / seconds)
      .then(async (sent) => {
        announce('waiting for the last confirmations');
        await allOver(stack, desk);
        return sent;
      })
      .finally(() => over.abort());
    const samples = await sampling;
    const after = await readRedis(desk.redis);
    const each = (grown: number) => rounded(grown / settlements);
    return {
      settlements,
      seconds: outcome.seconds,
      accepted: { ...outcome.latency, perSecond: outcome.perSecond },
      ...(await audit(stack, desk, payments)),
      redisKilobytesPerSettlement: each((after.usedBytes - before.usedBytes) / 1024),
      redisCommandsPerSettlement: each(after.commands - before.commands),
      redisScriptsPerSettlement: each(after.scripts - before.scripts),
      samples,
    };
  } finally {
    await desk.close();
    await stack.stop();
  }
}

function settleAll(
  url: string,
  payments: readonly PreparedPayment[],
  perSecond: number,
): Promise<LoadOutcome> {
  return runLoad({
    ...{ url, method: 'POST', path: '/settle', lines: 'bodies', connections: CONNECTIONS },
    headers: { prefer: 'respond-async' },
    requests: payments.map(({ body }) => body),
    expects: { status: 202, contains: '"transaction"' },
    perSecond,
    // Until all are sent, however long a slow machine takes.
    ...{ durationMs: LONGEST_SECONDS * 1_000, cycle: false },
  });
}

function allOver({ network }: Stack, { journal }: JournalAccess): Promise<unknown> {
  return waitUntil(async () => (await journal.counts(network)).pending === 0, {
    what: 'every settlement to be over',
    timeoutMs: PATIENCE_MS,
    everyMs: 250,
  });
}

/** Compares what was sent with the journal, and with the ledger itself. */
async function audit(
  { control, network }: Stack,
  { journal }: JournalAccess,
  payments: readonly PreparedPayment[],
): Promise<Pick<SoakFigures, 'confirmed' | 'lost' | 'notAppliedOnce'>> {
  let confirmed = 0;
  for (let at = 0; at < payments.length; at += READ_AT_A_TIME) {
    const batch = payments.slice(at, at + READ_AT_A_TIME).map(({ transaction }) => transaction);
    const settlements = settlementsIn(await journal.readMany(network, batch));
    confirmed += settlements.filter(({ state }) => state === 'confirmed').length;
  }
  const onLedger = new Map(
    (await control.submissions()).map((submission) => [submission.txHash, submission]),
  );
  const notAppliedOnce = payments.filter(
    ({ transaction }) => onLedger.get(transaction)?.applied !== 1,
  ).length;
  return { confirmed, lost: payments.length - confirmed, notAppliedOnce };
}
