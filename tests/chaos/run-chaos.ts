import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { type Audit, auditAll } from './audit.js';
import { Customers } from './customers.js';
import { startDeployment } from './deployment.js';
import { control, openFunds } from './money.js';
import { createRandom } from './random.js';
import { type FaultKind, planFaults } from './schedule.js';
import { strike } from './strike.js';
import { watchJournal } from './watch.js';

export type ChaosOptions = {
  readonly seed: number;
  /** How long faults happen. After that the system comes to rest. */
  readonly seconds: number;
  /** New customers per second. */
  readonly rate?: number;
  readonly announce?: (line: string) => void;
};

export type ChaosReport = Audit & {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** What `/settle` answered, by status and reason. */
  readonly answers: Readonly<Record<string, number>>;
  readonly purchases: number;
  /** The longest time that a settlement waited for a worker. */
  readonly slowestMs: number;
  readonly slowest: string;
  readonly dustMs: number;
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
  const { seed, seconds, rate = RATE, announce = () => undefined } = options;
  const random = createRandom(seed);
  const broken: string[] = [];
  const violate = (what: string) => {
    broken.push(what);
    announce(`VIOLATION ${what}`);
  };
  const deployment = await startDeployment(violate);
  const { stack } = deployment;
  const over = new AbortController();
  const watchOver = new AbortController();
  const redis = connectRedis({
    settings: redisSettingsFromUrl(stack.redis.url),
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
    const customers = new Customers({ deployment, funds, random, over: over.signal });
    const watching = watchJournal(journal, stack.network, watchOver.signal);
    const faults: Partial<Record<FaultKind, number>> = {};
    const startedMs = performance.now();
    const elapsedMs = () => performance.now() - startedMs;

    const struck: Promise<void>[] = [];
    const load = async () => {
      for (let count = 1; elapsedMs() < seconds * 1000; count += 1) {
        customers.arrive();
        await sleep(Math.max(0, (count * 1000) / rate - elapsedMs()));
      }
    };
    const trouble = async () => {
      for (const fault of planFaults(random, seconds)) {
        await sleep(Math.max(0, fault.atMs - elapsedMs()));
        faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
        announce(`${(elapsedMs() / 1000).toFixed(1).padStart(6)} s  ${fault.kind}`);
        struck.push(
          strike(deployment, fault).catch((error: unknown) => {
            violate(`${fault.kind} could not be done: ${error instanceof Error ? error.message : error}`);
          }),
        );
      }
    };
    await Promise.all([load(), trouble()]);

    announce('letting the dust settle');
    await Promise.all(struck);
    await stack.control.clearFaults();
    await control(stack.devnet.controlUrl, '/resume', {});
    await deployment.recover();
    const dustMs = await untilQuiet();
    over.abort();
    watchOver.abort();
    const { slowestMs, slowest } = await watching;
    // Nothing changes during the audit.
    await control(stack.devnet.controlUrl, '/pause', {});
    const audit = await auditAll({
      stack,
      journal,
      apiUrls: deployment.live.api.map(({ url }) => url),
      purchases: customers.purchases,
      rivals: customers.rivals,
    });
    return {
      ...audit,
      violations: [
        ...broken,
        ...customers.errors.map((error) => `a customer: ${error}`),
        ...audit.violations,
      ],
      seed,
      seconds,
      faults,
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
  }
}
