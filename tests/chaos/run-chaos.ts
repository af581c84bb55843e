import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis, createRedisJournal, disconnectRedis } from '@x402-facilitator/journal';
import { type Audit, auditAll } from './audit.js';
import { VIOLATIONS } from './check-history.js';
import { Customers } from './customers.js';
import { startDeployment } from './deployment.js';
import { startHistory } from './history.js';
import { control, openFunds } from './money.js';
import { createRandom } from './random.js';
import { type FaultKind, planFaults, possibleWith, type RedisFaultKind, redisFaults } from './schedule.js';
import { strike, strikeRedis } from './strike.js';
import { watchJournal, watchPrimary } from './watch.js';

export type ChaosOptions = {
  readonly seed: number;
  /** How long faults happen. After that the system comes to rest. */
  readonly seconds: number;
  /** New customers per second. */
  readonly rate?: number;
  /** One Redis; or a primary with two replicas, which all must have what is acknowledged, and three sentinels. */
  readonly redis?: 'single' | 'sentinel';
  /** Only faults of these kinds. */
  readonly only?: readonly string[];
  /** Where the history is written. */
  readonly historyFile: string;
  readonly announce?: (line: string) => void;
};

export type ChaosReport = Audit & {
  readonly seed: number;
  readonly seconds: number;
  readonly redis: 'single' | 'sentinel';
  readonly historyFile: string;
  /** Faults that this machine or user does not allow, and why. */
  readonly missing: readonly string[];
  readonly faults: Readonly<Partial<Record<FaultKind | RedisFaultKind, number>>>;
  /** How often another Redis became the primary. */
  readonly failOvers: number;
  /** What `/settle` answered, by status and reason. */
  readonly answers: Readonly<Record<string, number>>;
  readonly purchases: number;
  /** The longest time that a settlement waited for a worker. */
  readonly slowestMs: number;
  readonly slowest: string;
  readonly dustMs: number;
  /** From the history, the journal, and what went wrong during the run. */
  readonly violations: readonly string[];
};

const RATE = 4;
/** Longer than a back-off, an open circuit and a lease, one after the other. */
const DUST_MS = 150_000;

/**
 * Load and faults, then rest, then the audit. All randomness comes from the seed, except the timing of the machine.
 *
 * @throws Error when the deployment could not even be started.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, seconds, rate = RATE, redis: layout = 'sentinel', historyFile } = options;
  const { announce = () => undefined } = options;
  const random = createRandom(seed);
  const broken: string[] = [];
  const violate = (what: string) => {
    broken.push(what);
    announce(`VIOLATION ${what}`);
  };
  const deployment = await startDeployment({ redis: layout, violate });
  const { stack, means } = deployment;
  const history = startHistory(historyFile);
  const possible = possibleWith(layout, means, options.only);
  for (const line of means.missing) announce(`left out: ${line}`);
  const over = new AbortController();
  const watchOver = new AbortController();
  const redis = connectRedis({
    settings: deployment.redis.settings,
    role: 'worker',
    name: 'chaos',
    onError: () => undefined,
  });
  try {
    const journal = createRedisJournal({ redis });
    const funds = await openFunds(
      stack.devnet.controlUrl,
      stack.network,
      Math.ceil(seconds * rate * 1.2) + 10,
    );
    const customers = new Customers({ deployment, funds, random, history, over: over.signal });
    const watching = watchJournal(journal, stack.network, watchOver.signal);
    const failingOver = watchPrimary(deployment.redis, history, watchOver.signal);
    const faults: Partial<Record<FaultKind | RedisFaultKind, number>> = {};
    const startedMs = performance.now();
    const elapsedMs = () => performance.now() - startedMs;

    const struck: Promise<void>[] = [];
    const load = async () => {
      for (let count = 1; elapsedMs() < seconds * 1000; count += 1) {
        customers.arrive();
        await sleep(Math.max(0, (count * 1000) / rate - elapsedMs()));
      }
    };
    const cause = async (kind: FaultKind | RedisFaultKind, strikeNow: () => Promise<void>) => {
      faults[kind] = (faults[kind] ?? 0) + 1;
      announce(`${(elapsedMs() / 1000).toFixed(1).padStart(6)} s  ${kind}`);
      const beginMs = history.now();
      await strikeNow().catch((error: unknown) => {
        violate(`${kind} could not be done or mended: ${error instanceof Error ? error.message : error}`);
      });
      history.add({ kind: 'fault', fault: kind, beginMs, endMs: history.now() });
    };
    const trouble = async () => {
      for (const fault of planFaults(random, seconds, possible)) {
        await sleep(Math.max(0, fault.atMs - elapsedMs()));
        struck.push(cause(fault.kind, () => strike(deployment, fault)));
      }
    };
    const troubleOfRedis = async () => {
      for (const fault of redisFaults(random, possible)) {
        await sleep(fault.atMs);
        if (elapsedMs() >= seconds * 1000) return;
        await cause(fault.kind, () => strikeRedis(deployment, fault));
      }
    };
    await Promise.all([load(), trouble(), troubleOfRedis()]);

    announce('letting the dust settle');
    await Promise.all(struck);
    await stack.control.clearFaults();
    await control(stack.devnet.controlUrl, '/resume', {});
    await deployment.recover();
    const dustMs = await untilQuiet();
    over.abort();
    watchOver.abort();
    const { slowestMs, slowest } = await watching;
    const failOvers = await failingOver;
    history.add({ kind: 'rest', atMs: history.now() });
    // Nothing changes during the audit.
    await control(stack.devnet.controlUrl, '/pause', {});
    for (const { atMs, ...change } of await stack.control.changes())
      history.add({ ...change, atMs: history.momentOf(atMs) });
    const audit = await auditAll({
      stack,
      journal,
      apis: deployment.live.api,
      history,
      customers,
    });
    return {
      ...audit,
      violations: [
        ...broken,
        ...customers.errors.map((error) => `a customer: ${error}`),
        ...audit.verdict.violations.map(
          ({ kind, transaction, detail }) => `${transaction}: ${VIOLATIONS[kind]}: ${detail}`,
        ),
        ...audit.mistakes,
      ],
      seed,
      seconds,
      redis: layout,
      historyFile,
      missing: means.missing,
      faults,
      failOvers,
      answers: Object.fromEntries([...customers.answers].sort(([a], [b]) => a.localeCompare(b))),
      purchases: customers.purchases.length,
      slowestMs,
      slowest,
      dustMs,
    };

    async function untilQuiet(): Promise<number> {
      const sinceMs = performance.now();
      for (;;) {
        const { pending, awaiting } = await journal.counts(stack.network);
        const tookMs = performance.now() - sinceMs;
        if (pending + awaiting + customers.busy === 0) return tookMs;
        if (tookMs > DUST_MS) {
          violate(
            `not at rest after ${Math.round(tookMs / 1000)} s: ${pending} pending, ${awaiting} in no block, ${customers.busy} customers waiting`,
          );
          return tookMs;
        }
        await sleep(200);
      }
    }
  } finally {
    over.abort();
    watchOver.abort();
    await disconnectRedis(redis);
    await deployment.close();
    history.close();
  }
}
