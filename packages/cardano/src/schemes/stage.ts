import { err, ok, type Result } from '../result.js';
import type { Refusal } from './refusal.js';
import type { Rule } from './rule.js';

/**
 * Rules in the order in which payments meet them. Each rule may use what those before it have learned, so the compiler
 * holds the order.
 *
 * @example
 * const requirements = stage<RequestFacts>().rule(network).rule(price);
 * const judged = requirements.judge({ request, policy });
 * if (judged.ok) console.log(judged.value.amount);
 */
export type Stage<Start extends object, Known extends object = Start> = {
  readonly rules: readonly Rule[];
  /** The stage with one more rule at its end. */
  rule<Learned extends object>(next: Rule<Known, Learned>): Stage<Start, Known & Learned>;
  /** The stage with all rules of another at its end. */
  stage<More extends object>(next: Stage<Known, More>): Stage<Start, Known & More>;
  /** All that the rules have learned, or the first refusal, which names the payer once a rule has learned it. */
  judge(facts: Start): Result<Known, Refusal>;
};

/** A stage without rules. */
export function stage<Start extends object>(): Stage<Start> {
  return stageOf<Start, Start>([]);
}

function stageOf<Start extends object, Known extends object>(rules: readonly Rule[]): Stage<Start, Known> {
  return {
    rules,
    rule: (next) => stageOf([...rules, next]),
    stage: (next) => stageOf([...rules, ...next.rules]),
    judge: (start) => judge(rules, start) as Result<Known, Refusal>,
  };
}

function judge(rules: readonly Rule[], start: object): Result<object, Refusal> {
  const known: { payer?: unknown } = { ...start };
  for (const { check } of rules as readonly Rule<object>[]) {
    const outcome = check(known);
    if (!outcome.ok) {
      const { payer } = known;
      return typeof payer === 'string' ? err({ ...outcome.error, payer }) : outcome;
    }
    Object.assign(known, outcome.value);
  }
  return ok(known);
}

/** A rule with its place in the order, from 1. */
export type NumberedRule = Rule & { readonly number: number };

/**
 * The rules of stages that follow each other, numbered. Rules of one name are parts of one rule, which stands where its
 * last part runs.
 */
export function numberRules(
  ...stages: readonly { readonly rules: readonly Rule[] }[]
): readonly NumberedRule[] {
  const byName = new Map<string, Rule>();
  for (const rule of stages.flatMap(({ rules }) => rules)) {
    byName.delete(rule.name);
    byName.set(rule.name, rule);
  }
  return [...byName.values()].map((rule, at) => ({ ...rule, number: at + 1 }));
}
