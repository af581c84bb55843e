import type { RefusalCode } from './exact/facts/codes.js';
import type { Refusal } from './exact/facts/terms.js';

/** Refuses with one of the codes that the rule declares. */
export type Refuse<Code extends RefusalCode> = (code: Code, message: string) => Refusal;

/**
 * One rule of ../shared/design/verification.md: it looks at what is known so far and either refuses or adds what it
 * learned. `Needs` are the facts that rules before it provide.
 */
export type Rule<Needs extends object = never, Learned extends object = object> = {
  /** Its place in the order. */
  readonly number: number;
  readonly name: string;
  /** Every code that it can refuse with. */
  readonly codes: readonly RefusalCode[];
  /** Where the rule comes from. */
  readonly source: string;
  readonly check: (facts: Needs) => Learned | Refusal;
};

/** Declares a rule; only the declared codes can be used in `check`. */
export function defineRule<
  Needs extends object,
  Learned extends object,
  const Code extends RefusalCode,
>(definition: {
  readonly number: number;
  readonly name: string;
  readonly codes: readonly Code[];
  readonly source: string;
  readonly check: (facts: Needs, refuse: Refuse<Code>) => Learned | Refusal;
}): Rule<Needs, Exclude<Learned, Refusal>> {
  const refuse: Refuse<Code> = (code, message) => ({ kind: 'refused', code, message });
  return {
    ...definition,
    check: (facts) => definition.check(facts, refuse) as Exclude<Learned, Refusal> | Refusal,
  };
}

/** What a rule that only guards adds to the facts: nothing. */
export const PASSED = {};

export function isRefusal(value: object): value is Refusal {
  return 'kind' in value && value.kind === 'refused';
}

/** Rules applied in order until one refuses; the facts grow by what each has learned. */
export class Walk<Facts extends object> {
  readonly #facts: Facts | Refusal;

  constructor(facts: Facts | Refusal) {
    this.#facts = facts;
  }

  through<Learned extends object>(rule: Rule<Facts, Learned>): Walk<Facts & Learned> {
    const facts = this.#facts;
    if (isRefusal(facts)) return new Walk<Facts & Learned>(facts);
    const result = rule.check(facts);
    if (!isRefusal(result)) return new Walk<Facts & Learned>({ ...facts, ...result });
    const payer = 'payer' in facts && typeof facts.payer === 'string' ? { payer: facts.payer } : {};
    return new Walk<Facts & Learned>({ ...result, ...payer });
  }

  /** What all rules together have learned, or the first refusal. */
  end(): Facts | Refusal {
    return this.#facts;
  }
}
