import { slotAt } from '../../../ledger/network/timeline.js';
import { firstFailure, type LedgerCheck, tellFailure, unknownVersionIn } from '../../ledger-check.js';
import { unspentOutputs } from '../../output-facts.js';
import type { ChainFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';
import { JUDGED_BEFORE } from './judged-before.js';

const P = 'invalid_exact_cardano_payload';
const VERSION_UNKNOWN = 'exact_cardano_facilitator_protocol_version_unknown';
const SKIPPED: ReadonlySet<string> = new Set(JUDGED_BEFORE.keys());

/** A payment as the ledger would be given it, without what earlier rules have judged. */
function checkOf({ transaction, terms, networkFacts, nowMs, outputs, awaited }: ChainFacts): LedgerCheck {
  const { parameters, timeline } = networkFacts;
  const input = {
    transaction,
    parameters,
    slot: slotAt(timeline, nowMs),
    network: terms.network,
    outputs: unspentOutputs(outputs),
    ...(awaited === undefined ? {} : { expectedSigners: [awaited.keyHash] }),
  };
  return { input, timeline, judgedBefore: SKIPPED };
}

/** What the ledger is asked; undefined where the operator does not want its check, or wants a refusal instead. */
export function ledgerCheck(facts: ChainFacts): LedgerCheck | undefined {
  const { policy, networkFacts } = facts;
  const isAsked = policy.ledger === 'full' && unknownVersionIn(policy, networkFacts) === undefined;
  return isAsked ? checkOf(facts) : undefined;
}

export const ledger = defineRule({
  name: 'the complete ledger check accepts',
  codes: [VERSION_UNKNOWN, `${P}_phase1_invalid`, `${P}_phase2_invalid`],
  source: 'scheme: verification rule 6 ("complete ledger phase-1 validator"); ledger: Conway',
  check(facts: ChainFacts, refuse) {
    const unknown = unknownVersionIn(facts.policy, facts.networkFacts);
    if (unknown !== undefined) return refuse(VERSION_UNKNOWN, unknown);
    if (facts.policy.ledger === 'rules') return PASSED;
    const failure = firstFailure(facts, () => checkOf(facts));
    if (failure === undefined) return PASSED;
    const code = failure.phase === 1 ? (`${P}_phase1_invalid` as const) : (`${P}_phase2_invalid` as const);
    return refuse(code, tellFailure(failure));
  },
});
