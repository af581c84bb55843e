import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory, startProcess } from '@x402-facilitator/tools/processes';
import { ROOT } from '@x402-facilitator/tools/stack';
import { openWorktree } from '@x402-facilitator/tools/worktree';
import type { Scale } from '../benchmark.js';
import { medianBy, rounded, table } from '../support/index.js';
import { type Figure, figuresOf, noiseOf, type Pair, type Ratio, ratiosOf } from './figures.js';

export type CompareOptions = {
  readonly commit: string;
  readonly names: readonly string[];
  readonly scale: Scale;
  readonly pairs: number;
  readonly announce: (what: string) => void;
  /** Ends it early; nothing is left then. */
  readonly signal: AbortSignal;
};

export type Comparison = {
  readonly benchmark: 'against';
  readonly commit: string;
  readonly scale: Scale;
  readonly pairs: number;
  readonly noise: ReturnType<typeof noiseOf>;
  readonly ratios: readonly Ratio[];
};

/**
 * Runs benchmarks of this checkout and of another commit in turn, so that both meet the same moods of the machine. Each side
 * runs its own code by its own command.
 *
 * @throws Error when the commit cannot be built, or a run of either side fails
 */
export async function compareWith(options: CompareOptions): Promise<Comparison> {
  const { commit, names, scale, pairs, announce, signal } = options;
  announce(`building ${commit} in a temporary folder`);
  const worktree = await openWorktree(commit, { signal });
  try {
    const ratios: Ratio[] = [];
    for (const name of names) {
      const measured: Pair[] = [];
      for (let pair = 1; pair <= pairs; pair += 1) {
        announce(`${name}: pair ${pair} of ${pairs}`);
        // Each side goes first in turn: what the first run warms up, or leaves behind, must not favour one of them.
        const first = pair % 2 === 1 ? ROOT : worktree.directory;
        const second = first === ROOT ? worktree.directory : ROOT;
        const [one, other] = [await measure(first, name, options), await measure(second, name, options)];
        measured.push(first === ROOT ? { this: one, that: other } : { this: other, that: one });
      }
      ratios.push(...ratiosOf(measured));
    }
    const noise = noiseOf(ratios);
    return { benchmark: 'against', commit: worktree.commit, scale, pairs, noise, ratios };
  } finally {
    await worktree.close();
  }
}

/** One run of a benchmark by the command of its own checkout. */
async function measure(
  directory: string,
  name: string,
  { scale, announce, signal }: CompareOptions,
): Promise<readonly Figure[]> {
  // A full run would write its pages into the checkout.
  const pages = await mkdtemp(join(tmpdir(), 'x402-bench-'));
  guardDirectory(pages);
  signal.throwIfAborted();
  const run = await startProcess({
    name: `${name} in ${directory}`,
    command: process.execPath,
    args: [
      ...['--enable-source-maps', 'bench/dist/main.js', name, '--json', '--out', pages],
      ...(scale === 'full' ? [] : [`--${scale}`]),
    ],
    cwd: directory,
  });
  const stop = () => void run.stop(5_000);
  signal.addEventListener('abort', stop, { once: true });
  const side = directory === ROOT ? 'this' : 'that';
  run.output.onLine((line, stream) => {
    if (stream === 'stderr') announce(`${side}: ${line.replace(/^bench: /, '')}`);
  });
  try {
    const { code } = await run.exited;
    signal.throwIfAborted();
    const report = run.output.recent().find((line) => line.startsWith('{'));
    if (code !== 0 || report === undefined)
      throw new Error(`${run.name} failed:\n${run.output.recent(20).join('\n')}`);
    return figuresOf((JSON.parse(report) as { readonly figures: unknown }).figures, name);
  } finally {
    signal.removeEventListener('abort', stop);
    await rm(pages, { recursive: true, force: true });
  }
}

/** A comparison as Markdown. */
export function describeComparison({ commit, pairs, scale, noise, ratios }: Comparison): string {
  const middle = (values: readonly number[]) => rounded(medianBy(values, (value) => value) ?? 0);
  const ratio = (value: number) => value.toFixed(2);
  const worse = ratios.filter(({ verdict }) => verdict === 'worse').length;
  const better = ratios.filter(({ verdict }) => verdict === 'better').length;
  return `${table(
    ['figure', 'better', 'that', 'this', 'this / that: min', 'median', 'max', 'in every pair'],
    ratios.map((each) => [
      ...[each.name, each.better, middle(each.those), middle(each.these)],
      ...[ratio(each.min), ratio(each.median), ratio(each.max), each.verdict ?? ''],
    ]),
  )}

This checkout over ${commit.slice(0, 12)}, ${pairs} pairs of ${scale} runs. In every pair better: ${better} of ${ratios.length} figures, worse: ${worse}.
Noise: runs of the same commit differ by ${noise.medianPercent} % at the middle figure and by ${noise.maxPercent} % at the worst.
`;
}
