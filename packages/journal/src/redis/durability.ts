import type { Redis } from 'ioredis';
import { isRedisUnavailable } from './answered.js';

/**
 * The settings on which it depends whether Redis keeps what it acknowledges, and the value that keeps all of it. A node of
 * a cluster keeps some keys only.
 */
const WANTED = {
  'maxmemory-policy': 'noeviction',
  appendonly: 'yes',
  appendfsync: 'always',
  'cluster-enabled': 'no',
} as const;

export type DurabilitySetting = keyof typeof WANTED;

export const DURABILITY_SETTINGS = Object.keys(WANTED) as readonly DurabilitySetting[];

/** A way in which a Redis could lose an accepted settlement. */
export type DurabilityProblem = {
  readonly setting: DurabilitySetting;
  readonly expected: string;
  readonly found: string;
};

/** What a check of a Redis found. */
export type DurabilityReport = {
  /** It could lose accepted settlements. */
  readonly problems: readonly DurabilityProblem[];
  /** It loses at most the last second: `appendfsync everysec`. */
  readonly weaknesses: readonly DurabilityProblem[];
  /** What a hosted Redis hides: neither proven nor disproven. */
  readonly unknown: readonly DurabilitySetting[];
};

/** In production: the journal's Redis could lose settlements. */
export class RedisNotDurableError extends Error {
  override readonly name = 'RedisNotDurableError';
  readonly problems: readonly DurabilityProblem[];

  constructor(problems: readonly DurabilityProblem[]) {
    super(`Redis would lose accepted settlements: ${wordsOfProblems(problems)}`);
    this.problems = problems;
  }
}

/**
 * Checks that Redis keeps what it acknowledges: no eviction, and an append-only file that is written before the answer.
 *
 * @throws what ioredis throws when Redis does not answer.
 */
export async function inspectRedisDurability(redis: Redis): Promise<DurabilityReport> {
  const found = (await readConfig(redis)) ?? (await readInfo(redis));
  const differing = DURABILITY_SETTINGS.flatMap((setting): DurabilityProblem[] => {
    const value = found[setting];
    const expected = WANTED[setting];
    return value === undefined || value === expected ? [] : [{ setting, expected, found: value }];
  });
  return {
    problems: differing.filter((problem) => !isWeakness(problem)),
    weaknesses: differing.filter(isWeakness),
    unknown: DURABILITY_SETTINGS.filter((setting) => found[setting] === undefined),
  };
}

export function wordsOfProblems(problems: readonly DurabilityProblem[]): string {
  return problems
    .map(({ setting, expected, found }) => `${setting} is ${found}, expected ${expected}`)
    .join('; ');
}

function isWeakness({ setting, found }: DurabilityProblem): boolean {
  return setting === 'appendfsync' && found === 'everysec';
}

type Found = Partial<Record<DurabilitySetting, string>>;

/** `undefined` where CONFIG is renamed, or not permitted to this user. */
async function readConfig(redis: Redis): Promise<Found | undefined> {
  try {
    // Redis 6.2 takes one name at a time.
    const pairs = await Promise.all(
      DURABILITY_SETTINGS.map(async (setting) => [setting, await redis.config('GET', setting)] as const),
    );
    return Object.fromEntries(
      pairs.flatMap(([setting, reply]) => (Array.isArray(reply) && reply[1] ? [[setting, reply[1]]] : [])),
    );
  } catch (error) {
    if (isRedisUnavailable(error)) throw error;
    return undefined;
  }
}

/** INFO shows all but `appendfsync`, and hosted services that hide CONFIG allow it. */
async function readInfo(redis: Redis): Promise<Found> {
  const [memory, persistence, cluster] = await Promise.all([
    redis.info('memory'),
    redis.info('persistence'),
    redis.info('cluster'),
  ]);
  const policy = infoField(memory, 'maxmemory_policy');
  const isCluster = infoField(cluster, 'cluster_enabled');
  const aof = infoField(persistence, 'aof_enabled');
  return {
    ...(policy === undefined ? {} : { 'maxmemory-policy': policy }),
    ...(isCluster === undefined ? {} : { 'cluster-enabled': isCluster === '1' ? 'yes' : 'no' }),
    ...(aof === undefined ? {} : { appendonly: aof === '1' ? 'yes' : 'no' }),
  };
}

export function infoField(info: string, name: string): string | undefined {
  const line = info.split(/\r?\n/).find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
