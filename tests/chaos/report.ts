import type { ChaosReport } from './run-chaos.js';

/** The report as a table for people. */
export function formatReport(report: ChaosReport): string {
  const rows: (readonly [string, string | number])[] = [
    ['seed', report.seed],
    ['seconds', report.seconds],
    ...section('faults', report.faults),
    ...section('answers of /settle', report.answers),
    ...section('settlements', report.outcomes),
    ['purchases', report.purchases],
    ['lost', report.lost],
    ['doubled', report.doubled],
    ['false successes', report.falseSuccesses],
    ['slowest recovery', `${(report.slowestMs / 1000).toFixed(1)} s  ${report.slowest}`],
    ['dust settled after', `${(report.dustMs / 1000).toFixed(1)} s`],
    ['violations', report.violations.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n');
}

function section(
  name: string,
  counts: Readonly<Partial<Record<string, number>>>,
): (readonly [string, string | number])[] {
  const total = Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return [
    [name, total],
    ...Object.entries(counts).map(([kind, count]) => [`  ${kind}`, count ?? 0] as const),
  ];
}
