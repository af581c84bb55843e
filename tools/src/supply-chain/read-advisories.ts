import { z } from 'zod';
import type { PnpmResult } from '../pnpm/index.js';

export type Severity = 'info' | 'low' | 'moderate' | 'high' | 'critical';

export type Advisory = {
  readonly name: string;
  readonly severity: Severity;
  readonly title: string;
  readonly url: string;
};

/** The result of an audit. */
export type Audit =
  | { readonly kind: 'audited'; readonly advisories: readonly Advisory[] }
  /** The registry does not offer audits: neither good nor bad news. */
  | { readonly kind: 'unavailable'; readonly reason: string };

const reportSchema = z.object({
  advisories: z.record(
    z.string(),
    z.object({
      module_name: z.string(),
      severity: z.enum(['info', 'low', 'moderate', 'high', 'critical']),
      title: z.string(),
      url: z.string().default(''),
    }),
  ),
});

const failureSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Reads the output of `pnpm audit --json`. Its exit code does not tell an advisory from a registry without audits. */
export function readAdvisories({ stdout, stderr }: PnpmResult): Audit {
  const json = parseJson(stdout);
  const report = reportSchema.safeParse(json);
  if (report.success)
    return {
      kind: 'audited',
      advisories: Object.values(report.data.advisories).map(({ module_name, severity, title, url }) => ({
        name: module_name,
        severity,
        title,
        url,
      })),
    };
  const failure = failureSchema.safeParse(json);
  const reason = failure.success
    ? `${failure.data.error.code}: ${failure.data.error.message.trim()}`
    : (stderr || stdout).trim().split('\n')[0] || 'pnpm printed nothing';
  return { kind: 'unavailable', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
