import { slotAt, slotStartMs } from '../../../ledger/network/timeline.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { TransactionFacts, TtlKnown } from '../facts/facts.js';
import { defineRule } from '../facts/rule.js';

const P = 'invalid_exact_cardano_payload';

/** Clocks that are kept in step differ by less. A TTL that is too far by more was meant so. */
const CLOCK_DRIFT_MS = 5_000;

export const validityInterval = defineRule({
  name: 'the TTL is neither passed nor too far, and the validity start is reached',
  codes: [`${P}_ttl_expired`, `${P}_ttl_too_far`, `${P}_not_yet_valid`],
  source: 'scheme: verification rule 7; ledger: OutsideValidityIntervalUTxO',
  check(facts: TransactionFacts, refuse): Result<TtlKnown, Refusal> {
    const { transaction, networkFacts, nowMs, policy, terms, isBroadcast } = facts;
    const { ttl, validityStart } = transaction;
    const { timeline } = networkFacts;
    const now = slotAt(timeline, nowMs);
    const at = (slot: Slot) => `slot ${slot}`;
    const latest = slotAt(timeline, nowMs + terms.maxTimeoutSeconds * 1000);
    const latestText = `at most ${at(latest)} (now, ${at(now)}, and maxTimeoutSeconds ${terms.maxTimeoutSeconds})`;
    if (ttl === undefined) {
      return refuse(`${P}_ttl_too_far`, `transaction: expected a TTL of ${latestText}, found none`);
    }
    // The ledger has decided, or will.
    if (isBroadcast) return ok({ ttl });
    // A TTL is the first slot in which the transaction is no longer valid.
    const remainingMs = slotStartMs(timeline, ttl) - nowMs;
    if (ttl <= now || remainingMs < policy.graceBufferSeconds * 1000) {
      const expected = `a TTL at least ${policy.graceBufferSeconds} s after now, ${at(now)}`;
      return refuse(`${P}_ttl_expired`, `transaction: expected ${expected}, found ${at(ttl)}`);
    }
    if (ttl > latest) {
      const beyondMs = slotStartMs(timeline, ttl) - slotStartMs(timeline, latest);
      const hint =
        beyondMs > CLOCK_DRIFT_MS ? '' : `, ${beyondMs / 1000} s later: is the payer’s clock ahead?`;
      return refuse(
        `${P}_ttl_too_far`,
        `transaction: expected a TTL of ${latestText}, found ${at(ttl)}${hint}`,
      );
    }
    if (validityStart !== undefined && validityStart > now) {
      const message = `transaction: expected a validity start of at most now, ${at(now)}, found ${at(validityStart)}`;
      return refuse(`${P}_not_yet_valid`, message);
    }
    return ok({ ttl });
  },
});
