import { ok, type Result } from '../../../result.js';
import type { Refusal } from '../../refusal.js';
import type { PaymentKnown, TransactionFacts } from '../facts/facts.js';
import { outputsTo, quantityOf } from '../facts/paying-outputs.js';
import { defineRule } from '../facts/rule.js';

const P = 'invalid_exact_cardano_payload';

export const payment = defineRule({
  name: 'one single output pays payTo at least the amount of exactly the asset',
  codes: [`${P}_recipient_mismatch`, `${P}_asset_mismatch`, `${P}_amount_insufficient`],
  source: 'scheme: verification rules 2, 3 and 4',
  check(facts: TransactionFacts, refuse): Result<PaymentKnown, Refusal> {
    const { transaction, terms, payTo } = facts;
    const { asset, amount } = terms;
    const toPayee = outputsTo(transaction, payTo);
    if (toPayee.length === 0) {
      const found = transaction.outputs.slice(0, 3).map(({ address }) => address);
      const more = transaction.outputs.length - found.length;
      const others = `${found.join(', ') || 'no outputs'}${more > 0 ? ` and ${more} more` : ''}`;
      return refuse(
        `${P}_recipient_mismatch`,
        `transaction: expected an output to ${payTo.text}, found ${others}`,
      );
    }
    const withAsset = toPayee.filter((output) => quantityOf(output, asset) > 0n);
    const best = withAsset.toSorted((a, b) => (quantityOf(a, asset) < quantityOf(b, asset) ? 1 : -1))[0];
    if (best === undefined) {
      const found = toPayee.flatMap(({ assets }) => [...assets.keys()]).slice(0, 3);
      const message = `expected ${asset} in an output to ${payTo.text}, found ${['lovelace', ...found].join(', ')}`;
      return refuse(`${P}_asset_mismatch`, `transaction: ${message}`);
    }
    const paid = quantityOf(best, asset);
    if (paid < amount) {
      const message = `expected one output of at least ${amount} ${asset} to ${payTo.text}, the best has ${paid}`;
      return refuse(`${P}_amount_insufficient`, `transaction: ${message}`);
    }
    return ok({ payingOutput: best });
  },
});
