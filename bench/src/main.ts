import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import { Argument, Command } from 'commander';
import { compareWith, describeComparison } from './against/index.js';
import { argumentsOf, readPositive } from './arguments.js';
import type { Benchmark, Scale } from './benchmark.js';
import { channels } from './channels/index.js';
import { type Report, writePage } from './page.js';
import { provider } from './provider/index.js';
import { scale } from './scale/index.js';
import { settle } from './settle/index.js';
import { soak } from './soak/index.js';
import { start } from './start/index.js';
import { status } from './status/index.js';
import { readCircumstances } from './support/index.js';
import { verify } from './verify/index.js';

/** In the order in which `all` runs them. */
const BENCHMARKS: readonly Benchmark[] = [verify, settle, status, channels, scale, start, soak, provider];
const NAMES = BENCHMARKS.map(({ name }) => name);

type Options = {
  readonly json: boolean;
  readonly quick: boolean;
  readonly smoke: boolean;
  readonly out?: string;
  readonly against?: string;
  readonly pairs: number;
  readonly settlements?: number;
  readonly seconds?: number;
};

await new Command('npm run bench --')
  .addArgument(new Argument('<names...>', 'what to measure').choices([...NAMES, 'all']))
  .option('--json', 'one JSON object on standard output, and nothing else there', false)
  .option('--quick', 'a little of everything; docs/benchmarks/ stays as it is', false)
  .option('--smoke', 'only enough to see that it runs', false)
  .option(
    '--out <dir>',
    'where to write pages and charts (docs/benchmarks; with --quick and --smoke nowhere)',
  )
  .option(
    '--against <commit>',
    'compare with a commit: build it in a temporary folder, run both in turn, print ratios',
  )
  .option('--pairs <n>', 'with --against: how often to run both', readPositive, 3)
  .option('--settlements <n>', 'of soak, which settles 50000 unless told otherwise', readPositive)
  .option('--seconds <n>', 'of soak: over how long, at most 3000; 600 unless told otherwise', readPositive)
  .action((names: readonly string[], options: Options) => {
    const chosen = BENCHMARKS.filter(({ name }) => names.includes('all') || names.includes(name));
    return options.against === undefined
      ? measure(chosen, options)
      : compare(chosen, options.against, options);
  })
  .parseAsync(argumentsOf(process), { from: 'user' });

async function measure(chosen: readonly Benchmark[], options: Options): Promise<void> {
  const scale = scaleOf(options);
  const pagesTo = options.out ?? (scale === 'full' ? join(ROOT, 'docs/benchmarks') : undefined);
  const circumstances = await readCircumstances();
  const reports: Report[] = [];
  for (const benchmark of chosen) {
    const { name } = benchmark;
    try {
      const { settlements, seconds } = options;
      const found = await benchmark.run({
        ...{ scale, settlements, seconds },
        announce: (what) => announce(`${name}: ${what}`),
      });
      const { settings, figures, ratios, targets } = found;
      const report = {
        ...{ benchmark: name, scale, at: new Date().toISOString(), ...circumstances },
        ...{ settings, figures, ratios, targets },
      };
      if (pagesTo !== undefined) await writePage(pagesTo, benchmark, report, found);
      reports.push(report);
      if (!options.json) process.stdout.write(summaryOf(report));
    } catch (error) {
      // What the other benchmarks measure is still worth having.
      announce(`${name} failed: ${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
    }
  }
  if (options.json) {
    const results = Object.fromEntries(reports.map((report) => [report.benchmark, report]));
    const all = { benchmark: 'all', ...circumstances, results };
    process.stdout.write(`${JSON.stringify(chosen.length > 1 ? all : reports[0])}\n`);
  }
}

async function compare(chosen: readonly Benchmark[], commit: string, options: Options): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => interruption.abort(new Error('interrupted')));
  try {
    const comparison = await compareWith({
      commit,
      names: chosen.map(({ name }) => name),
      scale: scaleOf(options),
      pairs: Math.ceil(options.pairs),
      announce,
      signal: interruption.signal,
    });
    process.stdout.write(options.json ? `${JSON.stringify(comparison)}\n` : describeComparison(comparison));
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error));
    process.exitCode = interruption.signal.aborted ? 130 : 1;
  }
}

function scaleOf({ smoke, quick }: Options): Scale {
  return smoke ? 'smoke' : quick ? 'quick' : 'full';
}

function announce(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}

/** A missed target is told and does not fail the command: how fast it is depends on the machine. */
function summaryOf({ benchmark, targets }: Report): string {
  const lines = targets.map(
    ({ target, wanted, found, isMet }) =>
      `  ${isMet ? 'met    ' : 'NOT MET'} ${target}: ${found} (${wanted})`,
  );
  return `${[benchmark, ...lines].join('\n')}\n`;
}
