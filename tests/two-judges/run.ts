import { type Comparison, compare, described, type Recipe, recipeOf, shrunk } from './compare.js';

/** What came of many payments. */
export type Report = {
  readonly seed: number;
  readonly runs: number;
  readonly bothAccept: number;
  readonly bothRefuse: number;
  /** By what is written down: how often the other judge could not judge, and how often both differed. */
  readonly gaps: ReadonlyMap<string, number>;
  readonly differences: ReadonlyMap<string, number>;
  /** How often each shape and each bend occurred. */
  readonly occurrences: ReadonlyMap<string, number>;
  /** Payments on which they differ for no known reason, as far as they are kept. */
  readonly unexplained: readonly Unexplained[];
};

type Unexplained = Extract<Comparison, { kind: 'unexplained' }> & {
  readonly run: number;
  readonly recipe: Recipe;
};

const KEPT = 10;

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Judges payments made and bent at random twice. Ends early where too much is unexplained. */
export function runTwoJudges({
  runs,
  seed,
  first = 0,
  onProgress = () => undefined,
}: {
  readonly runs: number;
  readonly seed: number;
  /** The first payment's number. */
  readonly first?: number;
  readonly onProgress?: (done: number) => void;
}): Report {
  const [gaps, differences, occurrences] = [0, 0, 0].map(() => new Map<string, number>()) as [
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
  ];
  const agreed = { bothAccept: 0, bothRefuse: 0 };
  const unexplained: Unexplained[] = [];
  let done = 0;
  for (; done < runs && unexplained.length < KEPT; done += 1) {
    const run = first + done;
    const recipe = recipeOf(seed, run);
    for (const { name } of [...recipe.shapes, ...recipe.bends]) count(occurrences, name);
    const outcome = compare(recipe);
    if (outcome.kind === 'bothAccept' || outcome.kind === 'bothRefuse') agreed[outcome.kind] += 1;
    else if (outcome.kind === 'gap') count(gaps, outcome.name);
    else if (outcome.kind === 'difference') count(differences, outcome.name);
    else unexplained.push({ ...outcome, run, recipe });
    onProgress(done + 1);
  }
  return { seed, runs: done, ...agreed, gaps, differences, occurrences, unexplained };
}

/** A payment on which they differ, as small as it gets, and how to meet it again. */
export function formatUnexplained({ seed, unexplained }: Report): string {
  return unexplained
    .map(({ run, recipe, ours, theirs }) => {
      const small = shrunk(recipe);
      const again = compare(small);
      const said = again.kind === 'unexplained' ? again : { ours, theirs };
      const parts = [...small.shapes, ...small.bends].map(({ name }) => name).join(', ');
      return [
        `npm run two-judges -- --seed ${seed} --only ${run}`,
        `a payment that ${parts === '' ? 'is plain' : parts}`,
        `ours:   ${said.ours}`,
        `theirs: ${said.theirs}`,
        described(small),
      ].join('\n');
    })
    .join('\n\n');
}

/** A table of what came of it, with what is written down and never occurred. */
export function formatReport(
  { seed, runs, bothAccept, bothRefuse, gaps, differences, occurrences, unexplained }: Report,
  known: {
    readonly gaps: readonly { readonly name: string; readonly why: string }[];
    readonly differences: readonly { readonly name: string; readonly why: string }[];
    readonly names: readonly string[];
  },
): string {
  const line = (text: string, times: number) => `${String(times).padStart(9)}  ${text}`;
  const written = (counts: ReadonlyMap<string, number>, entries: typeof known.gaps) =>
    entries.map(({ name, why }) => line(`${name}: ${why}`, counts.get(name) ?? 0));
  const never = known.names.filter((name) => !occurrences.has(name));
  return [
    `${runs} payments, seed ${seed}`,
    line('accepted by both', bothAccept),
    line('refused by both', bothRefuse),
    line('unexplained', unexplained.length),
    'the other cannot judge:',
    ...written(gaps, known.gaps),
    'they differ:',
    ...written(differences, known.differences),
    ...(never.length === 0 ? [] : [`never occurred: ${never.join(', ')}`]),
    '',
  ].join('\n');
}
