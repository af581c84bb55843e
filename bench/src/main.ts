import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@x402-facilitator/tools/stack';
import type { Report } from './page.js';
import { BENCHMARKS } from './run-benchmarks.js';
import { readCircumstances } from './support/index.js';

const names = BENCHMARKS.map(({ name }) => name);
const USAGE = `Usage: npm run bench -- NAME… [options]
  NAME       ${names.join(', ')}, or all
  --json     one JSON object on standard output, and nothing else there
  --quick    a little of everything, and docs/benchmarks/ stays as it is
  --smoke    only enough to see that it runs
  --out DIR  where pages and charts are written (docs/benchmarks; with --quick and --smoke nowhere)

soak settles 50000 payments over 600 s, unless told otherwise:
  --settlements N
  --seconds N  at most 3000
`;

const { values, positionals } = parseArgs({
  // pnpm hands the separator on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    out: { type: 'string' },
    settlements: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const chosen = BENCHMARKS.filter(({ name }) => positionals.includes('all') || positionals.includes(name));
const isKnown = positionals.every((name) => name === 'all' || names.includes(name));
const [settlements, seconds] = [values.settlements, values.seconds].map((text) =>
  text === undefined ? undefined : Number(text),
);
const isNumber = [settlements, seconds].every((value) => value === undefined || value > 0);

if (chosen.length === 0 || !isKnown || !isNumber) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  const scale = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
  const pagesTo = values.out ?? (scale === 'full' ? join(ROOT, 'docs/benchmarks') : undefined);
  const announce = (what: string) => process.stderr.write(`bench: ${what}\n`);
  const circumstances = await readCircumstances();
  const reports: Report[] = [];
  for (const benchmark of chosen) {
    try {
      const report = await benchmark.run({ scale, announce, pagesTo, circumstances, settlements, seconds });
      reports.push(report);
      if (!values.json) process.stdout.write(summaryOf(report));
    } catch (error) {
      // What the others measured is not lost for it.
      announce(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
    }
  }
  if (values.json) {
    const results = Object.fromEntries(reports.map((report) => [report.benchmark, report]));
    const all = { benchmark: 'all', ...circumstances, results };
    process.stdout.write(`${JSON.stringify(chosen.length > 1 ? all : reports[0])}\n`);
  }
}

/** A target that is missed is told, not failed: how fast it is depends on the machine. */
function summaryOf({ benchmark, targets }: Report): string {
  const lines = targets.map(
    ({ target, wanted, found, isMet }) =>
      `  ${isMet ? 'met    ' : 'NOT MET'} ${target}: ${found} (${wanted})`,
  );
  return `${[benchmark, ...lines].join('\n')}\n`;
}
