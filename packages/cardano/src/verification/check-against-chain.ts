import type { AssetFact, NetworkFacts, OutputFacts } from '../chain/facts.js';
import type { CheckedTransaction } from './check-transaction.js';
import type { ReservedInput } from './facts.js';
import type { VerificationPolicy } from './policy.js';
import { isRefusal, Walk } from './rule.js';
import { CHAIN_RULES as rules } from './rules/index.js';
import type { Verdict, VerifiedPayment } from './verdict.js';

/** What rules 22 to 29 are judged against. */
export type ChainCheckFacts =
  | {
      readonly alreadyBroadcast?: false;
      /** Facts about `CheckedTransaction.needs`; what is left out counts as unknown. */
      readonly outputs: OutputFacts;
      readonly network: NetworkFacts;
      /** POSIX milliseconds. */
      readonly nowMs: number;
      readonly reservedInput?: ReservedInput | undefined;
      /** The fact about `MethodChecks.registryAsset`, where there is one; left out it counts as unknown. */
      readonly registryAsset?: AssetFact | undefined;
    }
  /**
   * This facilitator has broadcast exactly this transaction (the pending retry): its inputs are spent by itself, so that
   * rules 22 to 29 no longer apply. The settlement record says who paid.
   */
  | { readonly alreadyBroadcast: true; readonly payer: string };

function verified({ terms, transaction, methodChecks }: CheckedTransaction, payer: string): VerifiedPayment {
  const { ttl, fee } = transaction;
  if (ttl === undefined) throw new TypeError('rule 18 lets no transaction without a TTL pass');
  const { termsDigest } = methodChecks;
  const digest = termsDigest === undefined ? {} : { termsDigest };
  return { kind: 'verified', terms, transaction, payer, ttl, fee, ...digest };
}

/** Rules 22 to 28 and the chain's part of rule 29, on what the chain says of the outputs that the transaction names. */
export function checkAgainstChain(
  checked: CheckedTransaction,
  facts: ChainCheckFacts,
  policy: VerificationPolicy,
): Verdict {
  if (facts.alreadyBroadcast) return verified(checked, facts.payer);
  const { network, ...rest } = facts;
  const result = new Walk({ ...checked, ...rest, networkFacts: network, policy })
    .through(rules.nonceOnChain)
    .through(rules.inputsAvailable)
    .through(rules.inputReserved)
    .through(rules.valueConserved)
    .through(rules.feeMinimum)
    .through(rules.minUtxo)
    .through(rules.ledger)
    .through(rules.methodChain)
    .end();
  return isRefusal(result) ? result : verified(checked, result.payer);
}
