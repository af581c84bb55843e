import { phase1 } from './outcome.js';
import type { Phase1Rule } from './rule.js';

/** Certificates, withdrawals, votes, proposals, donations and treasury values need state that a payment has no part in. */
export const unjudgedFields: Phase1Rule = {
  name: 'nothing is there that only a node can judge',
  predicates: ['NotJudgedHere'],
  source: 'ours: no payment has such fields',
  check({ transaction }) {
    const found = transaction.forbiddenFields.filter((field) => field !== 'mint');
    if (found.length === 0) return [];
    return [
      phase1('NotJudgedHere', `expected a body that moves value only, found ${found.join(', ')} as well`),
    ];
  },
};
