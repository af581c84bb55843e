import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Findings } from './benchmark.js';
import { type Circumstances, drawChart, table } from './support/index.js';

/** A complete run of a benchmark: what `--json` prints. */
export type Report = Circumstances &
  Omit<Findings, 'tables' | 'chart'> & {
    readonly benchmark: string;
    readonly scale: string;
    readonly at: string;
  };

/** Writes the page of a benchmark and its chart. */
export async function writePage(
  directory: string,
  { name, title }: Benchmark,
  report: Report,
  { tables, chart }: Findings,
): Promise<void> {
  const { machine, versions } = report;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${name}.md`), pageOf(title, report, tables));
  await writeFile(
    join(directory, `${name}.svg`),
    drawChart(`${name}: ${versions.node}, ${machine.cores} cores`, chart),
  );
}

function pageOf(title: string, report: Report, tables: string): string {
  const { benchmark, machine, versions, settings, ratios, targets, scale, at } = report;
  const list = (entries: Readonly<Record<string, string | number | boolean>>) =>
    Object.entries(entries)
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n');
  const limits = targets.filter(({ isMet, limit }) => !isMet && limit !== undefined);
  return `# Benchmark: ${title}

Written by \`npm run bench -- ${benchmark}${scale === 'full' ? '' : ` --${scale}`}\` on ${at.slice(0, 10)}: ${machine.cores} cores of ${machine.processor},
${machine.memoryGigabytes} GB, ${machine.system}, Node ${versions.node}, Redis ${versions.redis}, commit ${versions.commit}. [How to read this](README.md).

![${benchmark}](${benchmark}.svg)

## Targets

${table(
  ['target', 'wanted', 'found', ''],
  targets.map(({ target, wanted, found, isMet }) => [target, wanted, found, isMet ? 'met' : '**not met**']),
)}
${limits.map(({ target, limit }) => `\n${target}: ${limit}\n`).join('')}
## Figures

${tables}

## Over the baselines of the same run

${Object.keys(ratios).length === 0 ? 'None.' : list(ratios)}

## Settings

${list(settings)}
`;
}
