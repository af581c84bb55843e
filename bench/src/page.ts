import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Findings } from './benchmark.js';
import { type Circumstances, drawChart, table } from './support/index.js';

/** A run of a benchmark, complete: what `--json` prints. */
export type Report<Figures = unknown> = Circumstances &
  Findings<Figures> & { readonly benchmark: string; readonly scale: string; readonly at: string };

/** The page of one benchmark, as Markdown. */
export function pageOf<Figures>(benchmark: Benchmark<Figures>, report: Report<Figures>): string {
  const { machine, versions, settings, ratios, targets, scale, at } = report;
  const list = (entries: Readonly<Record<string, string | number | boolean>>) =>
    Object.entries(entries)
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n');
  const unmet = targets.filter(({ isMet, limit }) => !isMet && limit !== undefined);
  return `# Benchmark: ${benchmark.title}

Written by \`npm run bench -- ${benchmark.name}${scale === 'full' ? '' : ` --${scale}`}\` on ${at.slice(0, 10)}: ${machine.cores} cores of ${machine.processor},
${machine.memoryGigabytes} GB, ${machine.system}, Node ${versions.node}, Redis ${versions.redis}, commit ${versions.commit}. [How to read this](README.md).

![${benchmark.name}](${benchmark.name}.svg)

## Targets

${
  targets.length === 0
    ? 'None is set for this one.'
    : table(
        ['target', 'wanted', 'found', ''],
        targets.map(({ target, wanted, found, isMet }) => [
          target,
          wanted,
          found,
          isMet ? 'met' : '**not met**',
        ]),
      )
}
${unmet.map(({ target, limit }) => `\n${target}: ${limit}\n`).join('')}
## Figures

${benchmark.describe(report)}

## Over the baselines of the same run

${Object.keys(ratios).length === 0 ? 'None.' : list(ratios)}

## Settings

${list(settings)}
`;
}

/** Writes the page and the chart of a report. */
export async function writePage<Figures>(
  directory: string,
  benchmark: Benchmark<Figures>,
  report: Report<Figures>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${benchmark.name}.md`), pageOf(benchmark, report));
  const chart = drawChart(
    `${benchmark.name}: ${report.versions.node}, ${report.machine.cores} cores`,
    benchmark.chart(report),
  );
  await writeFile(join(directory, `${benchmark.name}.svg`), chart);
}
