import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@x402-facilitator/tools/stack';
import type { Report } from './page.js';
import { BENCHMARKS } from './run-benchmarks.js';

const names = BENCHMARKS.map(({ name }) => name);
const USAGE = `Usage: npm run bench -- NAME [options]
  NAME       ${names.join(', ')}, or all
  --json     one JSON object on standard output, and nothing else there
  --quick    a little of everything, and docs/benchmarks/ stays as it is
  --smoke    only enough to see that it runs
  --out DIR  where pages and charts are written (docs/benchmarks; with --quick and --smoke nowhere)
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
  },
});
const [name = ''] = positionals;
const chosen = BENCHMARKS.filter((benchmark) => name === 'all' || benchmark.name === name);

if (chosen.length === 0 || positionals.length !== 1) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  const scale = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full';
  const pagesTo = values.out ?? (scale === 'full' ? join(ROOT, 'docs/benchmarks') : undefined);
  const announce = (what: string) => process.stderr.write(`bench: ${what}\n`);
  const reports: Report[] = [];
  for (const benchmark of chosen) {
    const report = await benchmark.run({ scale, announce, pagesTo });
    reports.push(report);
    if (!values.json) process.stdout.write(summaryOf(report));
  }
  if (values.json) {
    const results = Object.fromEntries(reports.map((report) => [report.benchmark, report]));
    process.stdout.write(`${JSON.stringify(name === 'all' ? { benchmark: 'all', results } : reports[0])}\n`);
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
