import { parseAddress } from '../../../../ledger/address/index.js';
import { resolve } from '../../../../ledger/phase-1/inputs-and-outputs.js';
import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { unspentOutputs } from '../../facts/output-facts.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsorshipChainFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';

export const otherInputs = defineRule({
  name: 'no other input is ours, and none belongs to a script',
  codes: [`${P}_sponsorship_foreign_input`, `${P}_sponsorship_not_plain`],
  source:
    'our signature opens every output behind our key that the transaction names, and satisfies every script that asks for it',
  check({ transaction, sponsored, outputs }: SponsorshipChainFacts, refuse) {
    const reserved = outRefKey(sponsored.outRef);
    const others = resolve(transaction.inputs, unspentOutputs(outputs)).filter(
      ({ outRef }) => outRefKey(outRef) !== reserved,
    );
    for (const { outRef, address } of others) {
      const parsed = parseAddress(address);
      if (!parsed.ok || parsed.value.kind !== 'shelley') continue;
      const { payment } = parsed.value;
      const name = `the input ${outRefKey(outRef)}`;
      if (payment.kind === 'script')
        return refuse(
          `${P}_sponsorship_not_plain`,
          `transaction: expected ${name} to be a key’s, found a script’s`,
        );
      if (payment.hash === sponsored.changeAddress.payment.hash)
        return refuse(
          `${P}_sponsorship_foreign_input`,
          `transaction: expected ${reserved} alone of the facilitator, found ${name} as well`,
        );
    }
    return PASSED;
  },
});
