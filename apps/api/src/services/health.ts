import type { Network } from '@x402-facilitator/cardano';
import type { ChainHealth } from '@x402-facilitator/chain';
import type { Pause } from '@x402-facilitator/journal';
import type {
  ChainDependencyHealth,
  DependencyHealth,
  HealthResponse,
  SettleHealth,
} from '@x402-facilitator/shared/wire';
import { isoTime } from './describe-settlement.js';

/** Asks a dependency for a sign of life; rejects when there is none. */
export type Probe = () => Promise<unknown>;

export type HealthDependencies = {
  readonly version: string;
  readonly redis: Probe;
  /** What is known of each network's providers: they are probed on a schedule of their own, and paid for. */
  readonly chain: ReadonlyMap<Network, () => Promise<ChainHealth>>;
  /** How many workers have been seen lately; rejects when that cannot be known. */
  readonly countWorkers: () => Promise<number>;
  /** Whether an operator has closed a network to new settlements; rejects when that cannot be known. */
  readonly readPauses: () => Promise<
    readonly { readonly network: Network; readonly pause: Pause | undefined }[]
  >;
  /** POSIX milliseconds. */
  readonly clock: () => number;
};

/** A report is good for a second, so that whoever polls cannot turn health into load. */
const REPORT_TTL_MS = 1_000;
/** A dependency that takes longer is as good as down for whoever waits. */
const PROBE_TIMEOUT_MS = 2_000;

export type ReadHealth = () => Promise<HealthResponse>;

/** Reads the health of every dependency, at most once per second however often it is asked. */
export function createHealth(dependencies: HealthDependencies): ReadHealth {
  const { version, clock } = dependencies;
  const startedAtMs = clock();
  const redis = createProbing(dependencies.redis, clock);
  const chain = [...dependencies.chain].map(
    ([network, read]) => [network, () => describeChain(read)] as const,
  );
  const networks = chain.map(([network]) => network);
  let workerCount = 0;
  const workers = createProbing(async () => {
    workerCount = 0;
    workerCount = await dependencies.countWorkers();
  }, clock);

  const report = async (): Promise<HealthResponse> => {
    const [redisHealth, workersHealth, settle, ...chainHealth] = await Promise.all([
      redis(),
      workers(),
      describeSettle(networks, dependencies.readPauses),
      ...chain.map(([, probe]) => probe()),
    ]);
    const noWorker = workersHealth.status === 'up' && workerCount === 0;
    const workersReport: HealthResponse['dependencies']['workers'] = noWorker
      ? {
          status: 'down',
          latencyMs: workersHealth.latencyMs,
          count: 0,
          message: 'no worker has been seen lately',
        }
      : { ...workersHealth, count: workerCount };
    const isUp = (health: DependencyHealth) => health.status === 'up';
    // Payments go on through a fallback, but one thing less may fail from here on.
    const isWholeChain = ({ providers }: ChainDependencyHealth) =>
      providers.length > 0 && providers.every(({ state }) => state === 'up');
    const isOpen = Object.values(settle).every(({ status }) => status === 'open');
    const isWhole = isUp(redisHealth) && isUp(workersReport) && isOpen && chainHealth.every(isWholeChain);
    return {
      status: isWhole ? 'healthy' : chainHealth.some(isUp) ? 'degraded' : 'unhealthy',
      version,
      timestamp: new Date(clock()).toISOString(),
      uptimeSeconds: Math.floor((clock() - startedAtMs) / 1000),
      networks: [...networks],
      settle,
      dependencies: {
        redis: redisHealth,
        chain: Object.fromEntries(
          chain.flatMap(([network], index) => {
            const health = chainHealth[index];
            return health === undefined ? [] : [[network, health]];
          }),
        ),
        workers: workersReport,
      },
    };
  };
  return keepFor(report, clock, REPORT_TTL_MS);
}

/** Whether new settlements are taken on: known only while Redis answers. */
async function describeSettle(
  networks: readonly Network[],
  readPauses: HealthDependencies['readPauses'],
): Promise<HealthResponse['settle']> {
  const timeout = createTimeout(PROBE_TIMEOUT_MS);
  try {
    const read = await Promise.race([readPauses(), timeout.expired]);
    return Object.fromEntries(read.map(({ network, pause }) => [network, describePause(pause)]));
  } catch {
    return Object.fromEntries(networks.map((network) => [network, { status: 'unknown' }]));
  } finally {
    timeout.clear();
  }
}

function describePause(pause: Pause | undefined): SettleHealth {
  if (pause === undefined) return { status: 'open' };
  const { mode, sinceMs, reason } = pause;
  return { status: mode, since: isoTime(sinceMs), ...(reason === undefined ? {} : { reason }) };
}

/** One network's word, of its providers': the first that is up is the one in use. */
async function describeChain(read: () => Promise<ChainHealth>): Promise<ChainDependencyHealth> {
  const timeout = createTimeout(PROBE_TIMEOUT_MS);
  try {
    const { isUp, providers } = await Promise.race([read(), timeout.expired]);
    const inUse = providers.find(({ state }) => state === 'up');
    return {
      status: isUp ? 'up' : 'down',
      latencyMs: inUse?.latencyMs ?? null,
      ...(isUp ? {} : { message: 'no provider can be used' }),
      providers: [...providers],
    };
  } catch (error) {
    const message = error instanceof ProbeTimeoutError ? error.message : 'cannot be told';
    return { status: 'down', latencyMs: null, message, providers: [] };
  } finally {
    timeout.clear();
  }
}

function createProbing(probe: Probe, clock: () => number): () => Promise<DependencyHealth> {
  const measure = async (): Promise<DependencyHealth> => {
    const startedAt = performance.now();
    const timeout = createTimeout(PROBE_TIMEOUT_MS);
    try {
      await Promise.race([probe(), timeout.expired]);
      return { status: 'up', latencyMs: Math.round((performance.now() - startedAt) * 100) / 100 };
    } catch (error) {
      // The error's own words may name hosts; its kind says enough here, the log has the rest.
      const message = error instanceof ProbeTimeoutError ? error.message : 'does not answer';
      return { status: 'down', latencyMs: null, message };
    } finally {
      timeout.clear();
    }
  };
  return keepFor(measure, clock, 0);
}

/** Shares one answer among all who ask while it is being made and for as long as it is good. */
function keepFor<T>(make: () => Promise<T>, clock: () => number, goodForMs: number): () => Promise<T> {
  let making: Promise<T> | undefined;
  let kept: { readonly value: T; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && clock() < kept.untilMs) return kept.value;
    making ??= make()
      .then((value) => {
        kept = { value, untilMs: clock() + goodForMs };
        return value;
      })
      .finally(() => {
        making = undefined;
      });
    return making;
  };
}

class ProbeTimeoutError extends Error {
  override readonly name = 'ProbeTimeoutError';
}

function createTimeout(ms: number): { readonly expired: Promise<never>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ProbeTimeoutError(`does not answer within ${ms} ms`)), ms);
  });
  return { expired, clear: () => clearTimeout(timer) };
}
