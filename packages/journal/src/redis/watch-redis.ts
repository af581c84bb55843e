import type { Redis } from 'ioredis';
import {
  isRedisUnavailable,
  JournalUnavailableError,
  type RedisRefusal,
  refusalOf,
  wordsOfRefusal,
} from './answered.js';
import { findCertificateRefusal, type RedisCertificateError } from './certificate.js';
import {
  type DurabilityProblem,
  type DurabilityReport,
  inspectRedisDurability,
  RedisNotDurableError,
  wordsOfProblems,
} from './durability.js';

/** What keeps the journal from keeping what it accepts. */
export type JournalFault =
  /** Redis answers, and refuses a write. */
  | { readonly kind: 'refuses-writes'; readonly refusal: RedisRefusal; readonly message: string }
  /** In production: its settings were changed, or another Redis took its place. */
  | {
      readonly kind: 'not-durable';
      readonly problems: readonly DurabilityProblem[];
      readonly message: string;
    };

/** Watches whether Redis takes writes and keeps them. */
export interface RedisWatch {
  /**
   * Resolves once Redis has answered and keeps what it acknowledges, and when the watch stops. It rejects with
   * RedisCertificateError when Redis refuses our certificate before that, and in production with RedisNotDurableError when
   * the first Redis that answers does not keep it.
   */
  readonly durable: Promise<void>;
  /**
   * Looks now.
   *
   * @returns what is wrong; `undefined` when nothing is.
   * @throws JournalUnavailableError when Redis does not answer.
   */
  look(): Promise<JournalFault | undefined>;
  stop(): void;
}

export type RedisWatchOptions = {
  readonly redis: Redis;
  /** Elsewhere than in production, settings that lose settlements are only warned about. */
  readonly env: 'development' | 'production' | 'test';
  /** How many replicas must acknowledge what is accepted. */
  readonly replicas?: number;
  readonly log: {
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  };
  readonly intervalMs?: number;
};

const INTERVAL_MS = 60_000;

/** A write that is refused when a claim would be. It is gone by itself. */
const PROBE_KEY = '{x402}:journal:write-probe';
const PROBE_TTL_MS = 60_000;

/** Looks at every connection that is made, and so after every fail-over, and every minute. */
export function watchRedis({
  redis,
  env,
  replicas = 0,
  log,
  intervalMs = INTERVAL_MS,
}: RedisWatchOptions): RedisWatch {
  let isStarting = true;
  let accept = () => {};
  let refuse: (error: RedisNotDurableError | RedisCertificateError) => void = () => {};
  const durable = new Promise<void>((resolve, reject) => {
    accept = () => {
      isStarting = false;
      resolve();
    };
    refuse = reject;
  });
  // It may reject before anyone awaits it.
  durable.catch(() => undefined);
  const say = speaker(log);

  const faultIn = (report: DurabilityReport): JournalFault | undefined => {
    const { problems } = report;
    if (problems.length === 0 || env !== 'production') return undefined;
    const error = new RedisNotDurableError(problems);
    refuse(error);
    return { kind: 'not-durable', problems, message: error.message };
  };
  const ask = async (): Promise<JournalFault | undefined> => {
    if (redis.status !== 'ready')
      throw new JournalUnavailableError(`Redis does not answer: the connection is ${redis.status}`);
    try {
      const report = await inspectRedisDurability(redis);
      const fault = faultIn(report);
      if (fault === undefined) {
        say.aboutSettings(report);
        await redis.set(PROBE_KEY, '1', 'PX', PROBE_TTL_MS).finally(accept);
      }
      const found = fault ?? (await tooFewReplicas(redis, replicas));
      // At the start it is the reason for which `durable` rejects, and said by who ends for it.
      if (!isStarting || found?.kind !== 'not-durable') say.aboutFault(found);
      return found;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        if (!isRedisUnavailable(error)) throw error;
        throw new JournalUnavailableError(`Redis does not answer: ${messageOf(error)}`, { cause: error });
      }
      const fault = { kind: 'refuses-writes', refusal, message: wordsOfRefusal(refusal) } as const;
      say.aboutFault(fault);
      return fault;
    }
  };

  let asking: Promise<JournalFault | undefined> | undefined;
  const look = () => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const lookNow = () => {
    look().catch((error: unknown) => {
      // The next connection is looked at, and the connection's own errors are logged.
      if (!(error instanceof JournalUnavailableError))
        log.error(`looking at Redis failed: ${messageOf(error)}`);
    });
  };
  let isFindingWhy = false;
  const findWhy = async () => {
    if (isFindingWhy) return;
    isFindingWhy = true;
    const refusal = await findCertificateRefusal(redis);
    if (refusal !== undefined) refuse(refusal);
    isFindingWhy = false;
  };
  const stopFindingWhy = () => void redis.off('error', findWhy);
  // Only at the start: later, a certificate may be exchanged while we run.
  redis.on('error', findWhy);
  durable.then(stopFindingWhy, stopFindingWhy);
  redis.on('ready', lookNow);
  if (redis.status === 'ready') lookNow();
  const timer = setInterval(lookNow, intervalMs);
  timer.unref();
  return {
    durable,
    look,
    stop() {
      redis.off('ready', lookNow);
      clearInterval(timer);
      accept();
    },
  };
}

/** A replica that has not been heard of for longer does not acknowledge. It is asked every second. */
const LONGEST_LAG_SECONDS = 5;

async function tooFewReplicas(redis: Redis, expected: number): Promise<JournalFault | undefined> {
  if (expected === 0) return undefined;
  const info = await redis.info('replication');
  const following = [...info.matchAll(/^slave\d+:.*,state=online,.*,lag=(\d+)/gm)].filter(
    ([, lag]) => Number(lag) <= LONGEST_LAG_SECONDS,
  ).length;
  if (following >= expected) return undefined;
  return {
    kind: 'refuses-writes',
    refusal: 'NOREPLICAS',
    message: `nothing can be accepted: ${following} of the ${expected} replicas that must acknowledge it follow Redis`,
  };
}

/** Says each thing when it becomes true, and not again with every look. */
function speaker(log: RedisWatchOptions['log']) {
  const said = new Set<string>();
  let fault: string | undefined;
  const warnOnce = (message: string) => {
    if (said.has(message)) return;
    said.add(message);
    log.warn(message);
  };
  return {
    aboutSettings({ problems, weaknesses, unknown }: DurabilityReport) {
      if (problems.length > 0)
        warnOnce(
          `This Redis may lose accepted settlements, and production refuses it: ${wordsOfProblems(problems)}`,
        );
      if (weaknesses.length > 0)
        warnOnce(
          `This Redis may lose the last second of accepted settlements: ${wordsOfProblems(weaknesses)}`,
        );
      if (unknown.length > 0)
        warnOnce(
          `Cannot tell whether this Redis keeps what it acknowledges: it does not show ${unknown.join(', ')}`,
        );
    },
    aboutFault(found: JournalFault | undefined) {
      const message = found?.message;
      if (message === fault) return;
      fault = message;
      if (message === undefined) log.info('Redis takes writes and keeps them again');
      else log.error(message);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
