import { DONE, ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { TransactionKnown } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import type {
  MethodChainFacts,
  MethodChecksKnown,
  MethodKnown,
  MethodRequestFacts,
  MethodTransactionFacts,
} from '../facts/transfer-method.js';
import { TRANSFER_METHODS } from '../methods/index.js';

/** One rule in parts, each as early as its facts are there. */
const RULE = {
  name: 'the transfer method’s own rules hold',
  codes: TRANSFER_METHODS.flatMap(({ codes }) => codes),
  source: 'scheme: verification rules of the script and masumi methods',
};

/** The part that looks at the requirements alone: it runs before anything is decoded. */
export const methodRequirements = defineRule({
  ...RULE,
  check(facts: MethodRequestFacts & MethodKnown): Result<MethodChecksKnown, Refusal> {
    const checks = facts.methodRules.checkRequirements(facts);
    return checks.ok ? ok({ methodChecks: checks.value }) : checks;
  },
});

/** The part that looks at the TTL: it runs before the rule that judges every payment's. */
export const methodValidity = defineRule({
  ...RULE,
  check({ methodChecks, transaction }: TransactionKnown & MethodChecksKnown) {
    const checked = methodChecks.checkValidity?.(transaction) ?? DONE;
    return checked.ok ? PASSED : checked;
  },
});

/** The part that looks at the transaction: it runs before the chain is read. */
export const methodTransaction = defineRule({
  ...RULE,
  check(facts: MethodTransactionFacts & MethodChecksKnown) {
    const checked = facts.methodChecks.checkTransaction(facts);
    return checked.ok ? PASSED : checked;
  },
});

/** The part that needs the chain. */
export const methodChain = defineRule({
  ...RULE,
  check(facts: MethodChainFacts & MethodChecksKnown) {
    const checked = facts.methodChecks.checkAgainstChain(facts);
    return checked.ok ? PASSED : checked;
  },
});
