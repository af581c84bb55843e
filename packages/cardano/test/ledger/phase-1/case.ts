import type { Bend } from '../../support/ledger-draft.js';

/** A situation, and the predicates of the ledger that fail in it. */
export type Phase1Case = {
  readonly situation: string;
  readonly predicates: readonly string[];
  readonly bend: Bend;
};

/** Cases of the same failing predicates, by situation. */
export function cases(
  predicates: string | readonly string[],
  situations: Readonly<Record<string, Bend>>,
): Phase1Case[] {
  return Object.entries(situations).map(([situation, bend]) => ({
    situation,
    predicates: typeof predicates === 'string' ? [predicates] : predicates,
    bend,
  }));
}
