import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@x402-facilitator/tools/stack';
import type { Section } from './operator.js';
import type { IncidentReport } from './run-incident.js';

/** The page with the table. */
export const PAGE = 'docs/operations/incidents.md';
const BEGIN = '<!-- written by `npm run incident -- all` -->';
const END = '<!-- end -->';

export const anchorOf = ({ heading }: Section) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const seconds = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;

/** One line about an incident. */
export function formatReport({
  incident,
  severity,
  waits,
  toldAfter,
  pagesTook,
  wholeAfter,
  fired,
}: IncidentReport): string {
  return [
    `${incident.name}: ${incident.alert} (${severity}) after ${seconds(toldAfter)}, of which the rule waits ${waits ?? 'none'};`,
    `the pages took ${seconds(pagesTook)}; whole again after ${seconds(wholeAfter)}.`,
    `Fired: ${fired.join(', ')}`,
  ].join(' ');
}

/** Writes the table into its page. */
export function writeTable(reports: readonly IncidentReport[], now: Date): void {
  const path = join(ROOT, PAGE);
  const [head = '', tail = ''] = readFileSync(path, 'utf8').split(new RegExp(`${BEGIN}[\\s\\S]*${END}`));
  writeFileSync(path, `${head}${BEGIN}\n\n${table(reports, now)}\n\n${END}${tail}`);
}

function table(reports: readonly IncidentReport[], now: Date): string {
  const rules =
    reports[0]?.rules === 'shortened'
      ? 'A minute of the rules lasted a second here; add what the rule waits.'
      : 'The rules ran as they are deployed, and what a rule waits is in its time.';
  const rows = reports.map(
    ({ incident, severity, waits = 'no wait', toldAfter, pagesTook, wholeAfter, fired }) => {
      const others = fired.filter((name) => name !== incident.alert).map((name) => `\`${name}\``);
      return [
        `\`${incident.name}\``,
        `[\`${incident.alert}\`](alerts.md#${anchorOf(incident.page)}), ${severity}, ${waits}`,
        seconds(toldAfter),
        seconds(pagesTook),
        seconds(wholeAfter),
        others.join(', ') || 'none',
      ].join(' | ');
    },
  );
  const load = loadavg()[0]?.toFixed(1);
  return [
    `${now.toISOString().slice(0, 10)}, ${availableParallelism()} cores shared with other work (load ${load}), blocks every 0.5 s. ${rules}`,
    '',
    '| incident | the alert that told, its severity, what it waits | told after | the pages took | whole again after | what else fired |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
