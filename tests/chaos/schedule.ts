import type { Random } from './random.js';

/** The kinds of faults. */
export const FAULT_KINDS = [
  'kill worker',
  'stop worker',
  'freeze worker',
  'kill API',
  'stop API',
  'freeze API',
  'kill Redis',
  'restart Redis',
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
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export type PlannedFault = {
  readonly kind: FaultKind;
  /** Milliseconds after the beginning. */
  readonly atMs: number;
  /** How long it lasts, if it has a duration. */
  readonly forMs: number;
  /** Picks the victim, the depth, the operation. */
  readonly dice: Random;
};

const FIRST_MS = 1_000;

/**
 * The times of all faults. Kinds come from shuffled decks, so each comes once before any comes twice. A run that is
 * long enough for one deck has them all.
 */
export function planFaults(random: Random, seconds: number): readonly PlannedFault[] {
  const dice = random.fork('faults');
  const endMs = seconds * 1000;
  const gapMs = Math.min(1_500, Math.max(400, (endMs - FIRST_MS) / FAULT_KINDS.length));
  const planned: PlannedFault[] = [];
  let atMs = FIRST_MS;
  let deck: FaultKind[] = [];
  while (atMs < endMs) {
    if (deck.length === 0) deck = dice.shuffle(FAULT_KINDS);
    const kind = deck.pop();
    if (kind === undefined) break;
    planned.push({ kind, atMs, forMs: durationMs(kind, dice), dice: dice.fork(`${planned.length}`) });
    atMs += Math.round(gapMs * (0.5 + dice.next()));
  }
  return planned;
}

function durationMs(kind: FaultKind, dice: Random): number {
  switch (kind) {
    // Longer than the lock of a job and the follower's lease: others take over, and then it resumes.
    case 'freeze worker':
      return dice.between(9_000, 13_000);
    case 'freeze API':
      return dice.between(1_000, 4_000);
    case 'kill Redis':
    case 'restart Redis':
      return dice.between(0, 2_000);
    case 'no blocks':
      return dice.between(2_000, 6_000);
    default:
      return dice.between(300, 2_500);
  }
}
