import type { ChainHealth } from '@x402-facilitator/chain';
import type { JournalFault, Pause, WorkerPresence } from '@x402-facilitator/journal';
import {
  type ChainDependencyHealth,
  type DependencyHealth,
  type HealthResponse,
  isoTime,
  type SettleHealth,
} from '@x402-facilitator/shared/wire';
import pTimeout, { TimeoutError } from 'p-timeout';
import type { ServedNetworks } from './served-networks.js';

export type HealthDependencies = {
  readonly version: string;
  /** What keeps Redis from keeping what is accepted; rejects when it does not answer. */
  readonly lookAtRedis: () => Promise<JournalFault | undefined>;
  readonly networks: Pick<ServedNetworks, 'all' | 'names'>;
  /** Lists the workers that have been seen lately. */
  readonly presence: Pick<WorkerPresence, 'list'>;
  /** POSIX milliseconds. */
  readonly clock: () => number;
};

/** A report is reused for a second, so that polling does not become load. */
const REPORT_TTL_MS = 1_000;
/** A dependency that takes longer counts as down. */
const PROBE_TIMEOUT_MS = 2_000;

export type ReadHealth = () => Promise<HealthResponse>;

/** Reads the health of every dependency, at most once per second. */
export function createHealth(dependencies: HealthDependencies): ReadHealth {
  const { version, networks, presence, clock } = dependencies;
  const startedAtMs = clock();
  let isDurable = true;
  const redis = createProbing(async () => {
    const fault = await dependencies.lookAtRedis();
    isDurable = fault?.kind !== 'not-durable';
    if (fault !== undefined) throw new DependencyFault(fault.message);
  }, clock);
  let workerCount = 0;
  const workers = createProbing(async () => {
    workerCount = 0;
    workerCount = (await presence.list()).length;
  }, clock);

  const report = async (): Promise<HealthResponse> => {
    const [redisHealth, workersHealth, settle, chain] = await Promise.all([
      redis(),
      workers(),
      describeSettle(networks),
      Promise.all(
        networks.all.map(
          async (served) => [served.network, await describeChain(served.chain.health)] as const,
        ),
      ),
    ]);
    const chainHealth = chain.map(([, health]) => health);
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
    // Payments continue through a fallback, but the next failure may stop them.
    const isWholeChain = ({ providers }: ChainDependencyHealth) =>
      providers.length > 0 &&
      providers.every(({ state, budget }) => state === 'up' && (budget?.status ?? 'open') === 'open');
    const isOpen = Object.values(settle).every(({ status }) => status === 'open');
    const isWhole = isUp(redisHealth) && isUp(workersReport) && isOpen && chainHealth.every(isWholeChain);
    return {
      status: isWhole ? 'healthy' : isDurable && chainHealth.some(isUp) ? 'degraded' : 'unhealthy',
      version,
      timestamp: new Date(clock()).toISOString(),
      uptimeSeconds: Math.floor((clock() - startedAtMs) / 1000),
      networks: [...networks.names],
      settle,
      dependencies: {
        redis: redisHealth,
        chain: Object.fromEntries(chain),
        workers: workersReport,
      },
    };
  };
  return keepFor(report, clock, REPORT_TTL_MS);
}

/** Whether new settlements are accepted. Known only while Redis answers. */
async function describeSettle({
  all,
  names,
}: Pick<ServedNetworks, 'all' | 'names'>): Promise<HealthResponse['settle']> {
  try {
    const read = all.map(async ({ network, pause }) => [network, describePause(await pause.read())] as const);
    return Object.fromEntries(await inTime(Promise.all(read)));
  } catch {
    return Object.fromEntries(names.map((network) => [network, { status: 'unknown' }]));
  }
}

function describePause(pause: Pause | undefined): SettleHealth {
  if (pause === undefined) return { status: 'open' };
  const { mode, sinceMs, reason } = pause;
  return { status: mode, since: isoTime(sinceMs), ...(reason === undefined ? {} : { reason }) };
}

/** The health of one network's providers. The first that is up is in use. */
async function describeChain(read: () => Promise<ChainHealth>): Promise<ChainDependencyHealth> {
  try {
    const { isUp, providers } = await inTime(read());
    const inUse = providers.find(({ state }) => state === 'up');
    return {
      status: isUp ? 'up' : 'down',
      latencyMs: inUse?.latencyMs ?? null,
      ...(isUp ? messageOfBudgets(providers) : { message: downMessage(providers) }),
      providers: [...providers],
    };
  } catch (error) {
    return { status: 'down', latencyMs: null, message: messageOf(error, 'cannot be told'), providers: [] };
  }
}

function downMessage(providers: ChainHealth['providers']): string {
  const { message } = messageOfBudgets(providers);
  return ['no provider can be used', ...(message === undefined ? [] : [message])].join(': ');
}

/** What is said of a network whose providers answer, and may not be asked everything. */
function messageOfBudgets(providers: ChainHealth['providers']): Pick<DependencyHealth, 'message'> {
  const named = (status: string) => {
    const names = providers.filter(({ budget }) => budget?.status === status).map(({ name }) => name);
    return names.length === 0 ? undefined : names.join(', ');
  };
  const [spent, reserved] = [named('spent'), named('reserved')];
  const sentences = [
    ...(spent === undefined ? [] : [`the budget of ${spent} is spent until midnight UTC`]),
    ...(reserved === undefined
      ? []
      : [`the rest of the budget of ${reserved} is kept for callers with a key and for settlements`]),
  ];
  return sentences.length === 0 ? {} : { message: sentences.join('; ') };
}

function createProbing(probe: () => Promise<unknown>, clock: () => number): () => Promise<DependencyHealth> {
  const measure = async (): Promise<DependencyHealth> => {
    const startedAt = performance.now();
    try {
      await inTime(probe());
      return { status: 'up', latencyMs: Math.round((performance.now() - startedAt) * 100) / 100 };
    } catch (error) {
      return { status: 'down', latencyMs: null, message: messageOf(error, 'does not answer') };
    }
  };
  return keepFor(measure, clock, 0);
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const message = `does not answer within ${PROBE_TIMEOUT_MS} ms`;
  return pTimeout(work, { milliseconds: PROBE_TIMEOUT_MS, message });
}

/** A dependency that answers and is of no use. Its message is for callers. */
class DependencyFault extends Error {
  override readonly name = 'DependencyFault';
}

/** Another error's own message may name hosts; the log has it. */
function messageOf(error: unknown, otherwise: string): string {
  return error instanceof TimeoutError || error instanceof DependencyFault ? error.message : otherwise;
}

/** Shares one answer among all who ask while it is made, and for as long as it is valid. */
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
