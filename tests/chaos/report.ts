import { VIOLATIONS, type ViolationKind } from './check-history.js';
import type { ChaosReport } from './run-chaos.js';

/** The report as a table for people. */
export function formatReport(report: ChaosReport): string {
  const rows: (readonly [string, string | number])[] = [
    ['seed', report.seed],
    ['seconds', report.seconds],
    ['Redis', report.redis],
    ...section('faults', report.faults),
    ['fail-overs', report.failOvers],
    ...section('answers of /settle', report.answers),
    ...section('settlements', report.outcomes),
    ['purchases', report.purchases],
    ['calls in the history', report.verdict.calls],
    ['  without an answer', report.verdict.unanswered],
    ['payments acknowledged', report.verdict.acknowledged],
    ['payments delivered', report.verdict.delivered],
    ...Object.entries(countViolations(report)).map(([kind, count]) => [kind, count] as const),
    ['slowest recovery', `${(report.slowestMs / 1000).toFixed(1)} s  ${report.slowest}`],
    ['dust settled after', `${(report.dustMs / 1000).toFixed(1)} s`],
    ['violations', report.violations.length],
    ['history', report.historyFile],
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

/** The verdict: how often each thing that must never happen did. */
export function countViolations({ verdict }: Pick<ChaosReport, 'verdict'>): Record<ViolationKind, number> {
  const counts = Object.fromEntries(Object.keys(VIOLATIONS).map((kind) => [kind, 0])) as Record<
    ViolationKind,
    number
  >;
  for (const { kind } of verdict.violations) counts[kind] += 1;
  return counts;
}
