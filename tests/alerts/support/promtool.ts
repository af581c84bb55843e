import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlertCase } from './alert-case.js';
import { type Rule, type RuleFile, readRules } from './rule-files.js';

/** The differences that `promtool test rules` finds; empty when the case holds. */
export function judgeCase(promtool: string, alert: Rule, alertCase: AlertCase): string {
  const directory = mkdtempSync(join(tmpdir(), 'x402-promtool-'));
  try {
    // JSON is YAML.
    const write = (name: string, content: object) => {
      const file = join(directory, name);
      writeFileSync(file, JSON.stringify(content));
      return file;
    };
    const rules = write('rules.yml', onlyWhat(alert));
    const test = write('test.yml', unitTest(rules, alert, alertCase));
    const { status, stdout, stderr, error } = spawnSync(promtool, ['test', 'rules', test], {
      encoding: 'utf8',
    });
    if (error !== undefined) throw error;
    return status === 0 ? '' : stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The alert with the recorded series that it builds on: evaluating all rules for each case takes ten times as long. */
function onlyWhat(alert: Rule): RuleFile {
  const recording = readRules('recording.yml').groups.flatMap(({ rules }) => rules);
  const needed = new Set<Rule>();
  const need = ({ expr }: Rule) => {
    for (const rule of recording) {
      const isNamed =
        rule.record !== undefined && new RegExp(`(?<![\\w:])${rule.record}(?![\\w:])`).test(expr);
      if (!isNamed || needed.has(rule)) continue;
      need(rule);
      needed.add(rule);
    }
  };
  need(alert);
  return { groups: [{ name: 'x402', rules: [...needed, withoutDescription(alert)] }] };
}

/** promtool compares annotations as they are filled in, and a description holds the value. */
function withoutDescription(rule: Rule): Rule {
  const { description: _description, ...annotations } = rule.annotations ?? {};
  return { ...rule, annotations };
}

function unitTest(rules: string, alert: Rule, { series, interval = '1m', firing }: AlertCase): object {
  return {
    rule_files: [rules],
    evaluation_interval: interval,
    tests: [
      {
        interval,
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: Object.entries(firing).map(([at, labels]) => ({
          eval_time: at,
          alertname: alert.alert,
          exp_alerts: labels.map((own) => ({
            exp_labels: { ...alert.labels, ...own },
            exp_annotations: withoutDescription(alert).annotations,
          })),
        })),
      },
    ],
  };
}
