import { ok, type Result } from '../result.js';
import { type Refusal, type Refuse, refuse } from './refusal.js';

/**
 * One rule of a scheme: it looks at what is known so far, and either refuses or adds what it learned. `Needs` are the
 * facts that the rules before it provide.
 */
export type Rule<Needs extends object = never, Learned extends object = object> = {
  readonly name: string;
  /** Every code that it can refuse with. */
  readonly codes: readonly string[];
  /** Where the rule comes from. */
  readonly source: string;
  readonly check: (facts: Needs) => Result<Learned, Refusal>;
};

/** Gives a scheme the function that declares its rules. A rule lists its codes and can refuse with no other. */
export function ruleOf<SchemeCode extends string>() {
  return <Needs extends object, Learned extends object, const Code extends SchemeCode>(definition: {
    readonly name: string;
    readonly codes: readonly Code[];
    readonly source: string;
    readonly check: (facts: Needs, refuse: Refuse<Code>) => Result<Learned, Refusal>;
  }): Rule<Needs, Learned> => ({
    ...definition,
    check: (facts) => definition.check(facts, refuse),
  });
}

/** A rule that only guards adds nothing to the facts. */
export const PASSED: Result<object, never> = ok({});
