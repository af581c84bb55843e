import { defineRule, isRefusal, PASSED } from '../../rule.js';
import type { MethodChecksKnown, MethodKnown } from '../facts/facts.js';
import type { Refusal } from '../facts/terms.js';
import {
  type MethodChainFacts,
  type MethodChecks,
  type MethodRequestFacts,
  type MethodTransactionFacts,
  TRANSFER_METHODS,
} from '../methods/index.js';

const RULE = {
  number: 29,
  name: 'the transfer method’s own rules hold',
  codes: TRANSFER_METHODS.flatMap(({ codes }) => codes),
  source: 'scheme: verification rules of the script and masumi methods',
};

/** The part that looks at the requirements alone: it runs before anything is decoded. */
export const methodRequirements = defineRule({
  ...RULE,
  check(facts: MethodRequestFacts & MethodKnown): MethodChecksKnown | Refusal {
    const methodChecks: MethodChecks | Refusal = facts.methodRules.checkRequirements(facts);
    return isRefusal(methodChecks) ? methodChecks : { methodChecks };
  },
});

/** The part that looks at the transaction: it runs before the chain is read. */
export const methodTransaction = defineRule({
  ...RULE,
  check: (facts: MethodTransactionFacts & MethodChecksKnown) =>
    facts.methodChecks.checkTransaction(facts) ?? PASSED,
});

/** The part that needs the chain. */
export const methodChain = defineRule({
  ...RULE,
  check: (facts: MethodChainFacts & MethodChecksKnown) =>
    facts.methodChecks.checkAgainstChain(facts) ?? PASSED,
});
