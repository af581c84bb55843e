import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ROOT } from '@x402-facilitator/tools/stack';
import { judgeAmaru } from './amaru.js';
import { judgeImp } from './imp.js';
import { judgeTransactions } from './transactions.js';
import type { Finding } from './vector.js';

/** Where the public's vectors lie. */
export type VectorPaths = {
  readonly amaru?: string | undefined;
  readonly imp?: string | undefined;
  readonly transactions?: string | undefined;
};

/** What one source of vectors says. */
export type VectorReport = { readonly source: string; readonly findings: ReadonlyMap<string, Finding> };

/** The folder to look in unless told otherwise. */
export const VECTORS = process.env.VECTORS ?? join(dirname(ROOT), 'shared/vectors');

/** The paths in a folder that holds all of them, as far as they are there. */
export function pathsIn(directory: string): VectorPaths {
  const present = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? path : undefined;
  };
  return {
    amaru: present('amaru'),
    imp: present('imp'),
    transactions: present('conway-onchain.jsonl'),
  };
}

/** Judges every vector that is there. */
export function runVectors({ amaru, imp, transactions }: VectorPaths): VectorReport[] {
  const reports: VectorReport[] = [];
  if (amaru !== undefined) reports.push({ source: 'amaru scenarios', findings: judgeAmaru(amaru) });
  if (imp !== undefined) reports.push({ source: 'Imp submissions', findings: judgeImp(imp) });
  if (transactions !== undefined) {
    const { decoded, outputs, untaggedDatums } = judgeTransactions(transactions, dirname(transactions));
    reports.push({ source: 'Conway transactions, decoded with their id', findings: decoded });
    reports.push({ source: 'transactions of Babbage and Conway, read for their outputs', findings: outputs });
    reports.push({ source: 'script-integrity hashes over untagged datums', findings: untaggedDatums });
  }
  return reports;
}

const COUNTED = ['agreed', 'differed', 'out of scope'] as const;

function countsOf(findings: Iterable<Finding>): Record<(typeof COUNTED)[number], number> {
  const counts = { agreed: 0, differed: 0, 'out of scope': 0 };
  for (const { kind } of findings) counts[kind] += 1;
  return counts;
}

function reasonsOf({ findings }: VectorReport): string[] {
  const reasons = new Map<string, number>();
  for (const finding of findings.values())
    if (finding.kind === 'out of scope') reasons.set(finding.why, (reasons.get(finding.why) ?? 0) + 1);
  return [...reasons].toSorted(([, a], [, b]) => b - a).map(([why, count]) => `- ${why}: ${count}`);
}

/** A table of all, why what was out of scope, and every difference. */
export function formatReports(reports: readonly VectorReport[]): string {
  const lines = ['| source | all | agreed | differed | out of scope |', '|---|---|---|---|---|'];
  for (const { source, findings } of reports) {
    const counts = countsOf(findings.values());
    lines.push(`| ${source} | ${findings.size} | ${COUNTED.map((kind) => counts[kind]).join(' | ')} |`);
  }
  for (const report of reports) {
    const reasons = reasonsOf(report);
    if (reasons.length > 0) lines.push('', `Out of scope of ${report.source}:`, '', ...reasons);
  }
  for (const { source, findings } of reports) {
    for (const [name, finding] of findings)
      if (finding.kind === 'differed')
        lines.push('', `${source}, ${name}: expected ${finding.expected}, found ${finding.found}`);
  }
  return `${lines.join('\n')}\n`;
}
