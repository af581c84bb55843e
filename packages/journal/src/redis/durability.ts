import type { Redis } from 'ioredis';

/** A way in which a Redis could lose an accepted settlement. */
export type DurabilityProblem = {
  readonly setting: 'maxmemory-policy' | 'appendonly';
  readonly expected: string;
  readonly found: string;
};

/** What a check of a Redis found. */
export type DurabilityReport =
  | { readonly kind: 'durable' }
  | { readonly kind: 'not-durable'; readonly problems: readonly DurabilityProblem[] }
  /** A hosted Redis that hides its configuration: neither proven nor disproven. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** In production: the journal's Redis could lose settlements. */
export class RedisNotDurableError extends Error {
  override readonly name = 'RedisNotDurableError';
  readonly problems: readonly DurabilityProblem[];

  constructor(problems: readonly DurabilityProblem[]) {
    super(`Redis would lose accepted settlements: ${describeDurabilityProblems(problems)}`);
    this.problems = problems;
  }
}

/**
 * Checks that Redis keeps what it acknowledges: no eviction, and an append-only file.
 *
 * @throws what ioredis throws when Redis does not answer.
 */
export async function inspectRedisDurability(redis: Redis): Promise<DurabilityReport> {
  // INFO shows both settings, and hosted services that hide CONFIG allow it.
  const memory = await redis.info('memory');
  const persistence = await redis.info('persistence');
  const policy = infoField(memory, 'maxmemory_policy');
  const aof = infoField(persistence, 'aof_enabled');
  if (policy === undefined || aof === undefined) {
    return { kind: 'unknown', reason: 'INFO names neither maxmemory_policy nor aof_enabled' };
  }
  const problems: DurabilityProblem[] = [];
  if (policy !== 'noeviction') {
    problems.push({ setting: 'maxmemory-policy', expected: 'noeviction', found: policy });
  }
  if (aof !== '1') problems.push({ setting: 'appendonly', expected: 'yes', found: 'no' });
  return problems.length === 0 ? { kind: 'durable' } : { kind: 'not-durable', problems };
}

/**
 * The check that both tiers make at start: a warning in development, a refusal in production.
 *
 * @throws RedisNotDurableError in production, and what ioredis throws when Redis does not answer.
 */
export async function checkRedisDurability(
  redis: Redis,
  options: {
    readonly env: 'development' | 'production' | 'test';
    readonly warn: (message: string, report: DurabilityReport) => void;
  },
): Promise<DurabilityReport> {
  const report = await inspectRedisDurability(redis);
  if (report.kind === 'not-durable') {
    if (options.env === 'production') throw new RedisNotDurableError(report.problems);
    options.warn(
      `This Redis may lose accepted settlements, and production refuses it: ${describeDurabilityProblems(report.problems)}`,
      report,
    );
  }
  if (report.kind === 'unknown') {
    options.warn(`Cannot tell whether this Redis keeps what it acknowledges: ${report.reason}`, report);
  }
  return report;
}

function describeDurabilityProblems(problems: readonly DurabilityProblem[]): string {
  return problems
    .map(({ setting, expected, found }) => `${setting} is ${found}, expected ${expected}`)
    .join('; ');
}

function infoField(info: string, name: string): string | undefined {
  const line = info.split(/\r?\n/).find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
