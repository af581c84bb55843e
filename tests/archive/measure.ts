import { openArchive } from '@x402-facilitator/archive';
import {
  connectRedis,
  createJournalTotals,
  disconnectRedis,
  readArchiveBacklog,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { type PostgresHandle, startPostgres } from '@x402-facilitator/tools/postgres';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { type AppProcess, type Stack, startStack } from '@x402-facilitator/tools/stack';
import { createDriver, emptyLedger, type Ledger } from './make-settlements.js';
import { type SlowProxy, startSlowProxy } from './slow-proxy.js';

export type ArchiveRun = {
  readonly settlements: number;
  /** Of those, so many ended last month, and were recorded then. */
  readonly ofLastMonth: number;
  /** Of faults: in each, three workers are killed, and the database is down once and slow once. */
  readonly rounds: number;
  readonly announce?: (line: string) => void;
  /** Called with everything up, once all is archived. */
  readonly afterwards?: (run: { readonly stack: Stack; readonly postgres: PostgresHandle }) => Promise<void>;
};

export type ArchiveReport = {
  readonly settlements: number;
  readonly seconds: number;
  readonly archivedAfterSeconds: number;
  readonly workersKilled: number;
  readonly databaseStopped: number;
  readonly databaseCrashed: number;
  readonly slowSpells: number;
  /** The most that waited for the archive. */
  readonly peakBacklog: number;
  readonly rows: number;
  readonly differing: number;
  readonly equalsLedger: boolean;
  readonly equalsTotals: boolean;
};

const AT_ONCE = 100;
const RETENTION_MS = 86_400_000;
const MONTH_MS = 31 * 86_400_000;
const SLOW_MS = 150;
const PATIENCE_MS = 600_000;
/**
 * Brings settlements to their end while real workers archive them to a PostgreSQL that is stopped, crashes and is slow, and
 * while the workers are killed. Then compares the archive's rows and sums with the driver's own count and the journal's.
 */
export async function runArchive(programs: string, options: ArchiveRun): Promise<ArchiveReport> {
  const { settlements, ofLastMonth, rounds, announce = () => undefined, afterwards } = options;
  const postgres = await startPostgres(programs);
  const proxy = await startSlowProxy(postgres.port);
  const url = postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`);
  const tables = await openArchive({ url, isReader: false, timeoutMs: 30_000, connections: 1, name: 'run' });
  await tables.migrate();
  await tables.close();
  const stack = await startStack({
    ...{ apis: afterwards === undefined ? 0 : 1, workers: 0, paywall: false, blockMs: 0 },
    redis: { exclusive: true },
    settings: { X402_ARCHIVE__URL: url, X402_SETTLE__RETENTION_SECONDS: `${RETENTION_MS / 1_000}` },
  });
  const { network } = stack;
  const settings = redisSettingsFromUrl(stack.redis.url);
  const redis = connectRedis({ settings, role: 'worker', name: 'archive-run', onError: () => undefined });
  try {
    const backlog = () => readArchiveBacklog({ redis, network }, Date.now());
    const ledger = emptyLedger();
    const driving = { redis, network, ledger, retentionMs: RETENTION_MS };
    const lastMonth = createDriver({ ...driving, now: () => Date.now() - MONTH_MS });
    // Before a worker is there: it would look for what seems to be lost for a month.
    await many(0, ofLastMonth, lastMonth);
    const workers = [await stack.startWorker(), await stack.startWorker()];

    const startedMs = performance.now();
    const counts = { workersKilled: 0, databaseStopped: 0, databaseCrashed: 0, slowSpells: 0 };
    let made = ofLastMonth;
    let peakBacklog = 0;
    const drive = createDriver({ ...driving, now: Date.now });
    const making = many(ofLastMonth, settlements, async (seed) => {
      await drive(seed);
      made += 1;
      if (made % 500 === 0) peakBacklog = Math.max(peakBacklog, (await backlog()).due);
      if (made % 5_000 === 0) announce(`${made} made, ${peakBacklog} waited at most`);
    });
    const faults = strike({
      rounds,
      stack,
      workers,
      postgres,
      proxy,
      counts,
      until: (share) => made >= settlements * share,
    });
    await Promise.all([making, faults]);
    const seconds = (performance.now() - startedMs) / 1_000;
    announce(`all made after ${seconds.toFixed(1)} s`);
    await waitUntil(
      async () => {
        const { due, waiting } = await backlog();
        return due + waiting === 0;
      },
      { what: 'all to be archived', timeoutMs: PATIENCE_MS, everyMs: 50 },
    );
    const archivedAfterSeconds = (performance.now() - startedMs) / 1_000;
    announce(`all archived after ${archivedAfterSeconds.toFixed(1)} s`);

    const [totals] = await createJournalTotals(redis).read([network]);
    if (!totals?.ok) throw new Error('the totals cannot be read');
    const { confirmed, failed, expired, volume } = totals.value;
    const rows = await summed(postgres);
    await afterwards?.({ stack, postgres });
    return {
      ...{ settlements, seconds, archivedAfterSeconds, ...counts, peakBacklog },
      rows: Number(await postgres.sql('SELECT count(*) FROM x402_settlements')),
      differing: stack.workers.flatMap(({ process }) => process.output.recent(100_000)).filter(isDiffering)
        .length,
      equalsLedger: rows === textOf(ledger),
      equalsTotals: rows === textOf({ states: { confirmed, failed, expired }, volume: new Map(volume) }),
    };
  } finally {
    await disconnectRedis(redis);
    await stack.stop();
    await proxy.close();
    await postgres.stop();
  }
}

const isDiffering = (line: string) => line.includes('archived before, and otherwise');

async function many(first: number, end: number, make: (seed: number) => Promise<unknown>): Promise<void> {
  let next = first;
  const lane = async () => {
    for (let seed = next++; seed < end; seed = next++) await make(seed);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Each fault in turn, at its share of the work, so that all of them fall into it. */
async function strike(options: {
  readonly rounds: number;
  readonly stack: Stack;
  readonly workers: AppProcess[];
  readonly postgres: PostgresHandle;
  readonly proxy: SlowProxy;
  readonly counts: {
    workersKilled: number;
    databaseStopped: number;
    databaseCrashed: number;
    slowSpells: number;
  };
  readonly until: (share: number) => boolean;
}): Promise<void> {
  const { rounds, stack, workers, postgres, proxy, counts, until } = options;
  const reach = (share: number) =>
    waitUntil(async () => until(share), { what: `${share} of it`, timeoutMs: PATIENCE_MS, everyMs: 5 });
  const killOne = async () => {
    const victim = workers.shift();
    victim?.process.signal('SIGKILL');
    await victim?.process.exited;
    counts.workersKilled += 1;
    workers.push(await stack.startWorker());
  };
  for (let round = 0; round < rounds; round += 1) {
    const at = (step: number) => (round + step / 5) / (rounds + 1);
    await reach(at(1));
    await killOne();
    await reach(at(2));
    await postgres.halt(round % 2 === 0 ? 'killed' : 'stopped');
    counts[round % 2 === 0 ? 'databaseCrashed' : 'databaseStopped'] += 1;
    // The other worker dies while there is no archive.
    await killOne();
    await reach(at(3));
    await postgres.resume();
    proxy.delay(SLOW_MS);
    counts.slowSpells += 1;
    await killOne();
    await reach(at(4));
    proxy.delay(0);
  }
}

/** Counts and sums of the archive's rows, as PostgreSQL has them. */
async function summed(postgres: PostgresHandle): Promise<string> {
  const states = await postgres.sql(
    'SELECT state, count(*) FROM x402_settlements GROUP BY state ORDER BY state',
  );
  const volume = await postgres.sql(
    `SELECT asset, sum(amount) FROM x402_settlements WHERE state = 'confirmed' GROUP BY asset ORDER BY asset`,
  );
  return `${states}\n${volume}`;
}

function textOf({ states, volume }: Ledger): string {
  const lines = (entries: Iterable<readonly [string, number | bigint]>) =>
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}|${value}`);
  return [...lines(Object.entries(states)), ...lines(volume)].join('\n');
}
