import { type RuleFileName, readRules } from './rule-files.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A window must hold a few scrapes, one a second. */
const SHORTEST_WINDOW_SECONDS = 5;

/**
 * A rule file in which a minute lasts a second: `for: 5m` becomes 5s, `[10m]` becomes `[10s]`. The rest of an
 * expression and its thresholds stay the same. As JSON, which is YAML.
 */
export function shortenRules(name: RuleFileName): string {
  const { groups } = readRules(name);
  const shortened = groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      expr: rule.expr.replace(/\[(\d+)([smhd])\]/g, (_, count: string, unit: string) => {
        return `[${Math.max(seconds(count, unit) / 60, SHORTEST_WINDOW_SECONDS)}s]`;
      }),
      ...(rule.for === undefined ? {} : { for: shortenDuration(rule.for) }),
    })),
  }));
  return JSON.stringify({ groups: shortened });
}

function shortenDuration(duration: string): string {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  return `${(seconds(count, unit) * 1000) / 60}ms`;
}

function seconds(count: string, unit: string): number {
  const factor = SECONDS[unit];
  if (factor === undefined) throw new Error(`Expected a duration such as 5m, found ${count}${unit}`);
  return Number(count) * factor;
}
