import { readYaml } from '../../deploy/support/files.js';

export type Rule = {
  readonly expr: string;
  readonly record?: string;
  readonly alert?: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type RuleFile = {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};

/** The rule files of a deployment, as prometheus.yml names them. */
export const RULE_FILES = ['recording.yml', 'alerts.yml'] as const;

export type RuleFileName = (typeof RULE_FILES)[number];

export const readRules = (name: RuleFileName) => readYaml<RuleFile>(`deploy/prometheus/${name}`);

/** Every alert of the deployment by its name. */
export function alertRules(): ReadonlyMap<string, Rule> {
  const rules = readRules('alerts.yml').groups.flatMap((group) => group.rules);
  return new Map(rules.flatMap((rule) => (rule.alert === undefined ? [] : [[rule.alert, rule] as const])));
}
