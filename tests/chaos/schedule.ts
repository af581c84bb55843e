import type { Means } from './means.js';
import type { Random } from './random.js';

/** The kinds of faults of everything but Redis itself. They may overlap. */
export const FAULT_KINDS = [
  'kill worker',
  'stop worker',
  'freeze worker',
  'kill API',
  'stop API',
  'freeze API',
  'cut API and Redis',
  'cut worker and Redis',
  'cut API and provider',
  'cut worker and provider',
  'clock of API',
  'clock of worker',
  'roll back, transactions return',
  'roll back, transactions vanish',
  'no blocks',
  'provider: latency',
  'provider: connection dropped before',
  'provider: connection dropped after',
  'provider: no answer, before',
  'provider: no answer, after',
  'provider: 402',
  'provider: 403',
  'provider: 418',
  'provider: 425',
  'provider: 429',
  'provider: 500 before',
  'provider: 500 after',
  'provider: stale reads',
  'provider: false refusal',
] as const;

/**
 * Faults of Redis and its sentinels. One begins when the last one is over and mended: two at once may take away each copy of
 * what was acknowledged, and no number of replicas helps against that.
 */
export const REDIS_FAULT_KINDS = [
  'kill Redis',
  'restart Redis',
  'freeze Redis',
  'slow disk of Redis',
  'full disk of Redis',
  'planned fail-over',
  'kill replica of Redis',
  'cut Redis and a replica',
  'cut Redis and both replicas',
  'cut Redis from all but its clients',
  'cut Redis from all but some clients',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
export type RedisFaultKind = (typeof REDIS_FAULT_KINDS)[number];

export type PlannedFault<Kind = FaultKind> = {
  readonly kind: Kind;
  /** Milliseconds after the beginning; of a fault of Redis, after the end of the one before. */
  readonly atMs: number;
  /** How long it lasts, if it has a duration. */
  readonly forMs: number;
  /** Picks the victim, the depth, the operation. */
  readonly dice: Random;
};

/** What a run has, and so which faults it can have. */
export type Possible = {
  readonly redis: 'single' | 'sentinel';
  /** Unset: every kind. */
  readonly only?: readonly string[] | undefined;
  readonly means: { readonly [Name in 'network' | 'clocks' | 'slowDisk' | 'disks']: boolean };
};

export function possibleWith(
  redis: Possible['redis'],
  means: Means,
  only?: readonly string[] | undefined,
): Possible {
  return {
    redis,
    only,
    means: {
      network: means.network !== undefined,
      clocks: means.clocks !== undefined,
      slowDisk: means.slowDisk !== undefined,
      disks: means.disks !== undefined,
    },
  };
}

export function possibleFaults<Kind extends FaultKind | RedisFaultKind>(
  kinds: readonly Kind[],
  { redis, means, only }: Possible,
): readonly Kind[] {
  return kinds.filter((kind) => {
    if (only !== undefined && !only.includes(kind)) return false;
    if (kind.startsWith('cut '))
      return means.network && (redis === 'sentinel' || !kind.startsWith('cut Redis'));
    if (kind.startsWith('clock ')) return means.clocks;
    if (kind === 'slow disk of Redis') return means.slowDisk;
    if (kind === 'full disk of Redis') return means.disks;
    return redis === 'sentinel' || !(kind === 'planned fail-over' || kind === 'kill replica of Redis');
  });
}

const FIRST_MS = 1_000;

/**
 * The times of all faults. Kinds come from shuffled decks, so each comes once before any comes twice. A run that is
 * long enough for one deck has them all.
 */
export function planFaults(random: Random, seconds: number, possible: Possible): readonly PlannedFault[] {
  const kinds = possibleFaults(FAULT_KINDS, possible);
  const dice = random.fork('faults');
  const endMs = seconds * 1000;
  const gapMs = Math.min(1_500, Math.max(400, (endMs - FIRST_MS) / kinds.length));
  const planned: PlannedFault[] = [];
  let atMs = FIRST_MS;
  let deck: FaultKind[] = [];
  while (atMs < endMs) {
    if (deck.length === 0) deck = dice.shuffle(kinds);
    const kind = deck.pop();
    if (kind === undefined) break;
    planned.push({ kind, atMs, forMs: durationMs(kind, dice), dice: dice.fork(`${planned.length}`) });
    atMs += Math.round(gapMs * (0.5 + dice.next()));
  }
  return planned;
}

/** Faults of Redis without end, in the order of the seed. When each begins depends on how long the last one took to mend. */
export function* redisFaults(random: Random, possible: Possible): Generator<PlannedFault<RedisFaultKind>> {
  const kinds = possibleFaults(REDIS_FAULT_KINDS, possible);
  const dice = random.fork('faults of Redis');
  for (let count = 0; kinds.length > 0; )
    for (const kind of dice.shuffle(kinds)) {
      yield {
        kind,
        // In between, what the replicas did not have is accepted and sent.
        atMs: count === 0 ? FIRST_MS : dice.between(2_000, 8_000),
        forMs: durationMs(kind, dice),
        dice: dice.fork(`${count}`),
      };
      count += 1;
    }
}

function durationMs(kind: FaultKind | RedisFaultKind, dice: Random): number {
  switch (kind) {
    // Longer than the lock of a job and the follower's lease: others take over, and then it resumes.
    case 'freeze worker':
    case 'cut worker and Redis':
      return dice.between(9_000, 13_000);
    // Sometimes longer than a connection waits for an answer.
    case 'cut API and Redis':
      return dice.between(2_000, 8_000);
    case 'freeze API':
      return dice.between(1_000, 4_000);
    case 'clock of API':
    case 'clock of worker':
      return dice.between(5_000, 20_000);
    case 'no blocks':
    case 'freeze Redis':
    case 'slow disk of Redis':
    case 'cut API and provider':
    case 'cut worker and provider':
    case 'cut Redis and a replica':
    case 'cut Redis and both replicas':
      return dice.between(2_000, 6_000);
    // Longer than the sentinels take to choose another one; the shorter ones end in the middle of it.
    case 'cut Redis from all but its clients':
    case 'cut Redis from all but some clients':
      return dice.between(500, 9_000);
    case 'kill Redis':
    case 'restart Redis':
    case 'full disk of Redis':
      return dice.between(0, 5_000);
    default:
      return dice.between(300, 2_500);
  }
}
