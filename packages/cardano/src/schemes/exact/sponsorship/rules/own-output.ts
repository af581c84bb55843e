import { parseAddress } from '../../../../ledger/address/index.js';
import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { unspentOutputs } from '../../facts/output-facts.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsorshipChainFacts } from './facts.js';

const CODE = 'invalid_exact_cardano_payload_sponsorship_mismatch';

export const ownOutput = defineRule({
  name: 'the reserved output is ours and holds what was reserved, in ada alone',
  codes: [CODE],
  source: 'a reservation is only a note: the chain says what the output is',
  check({ sponsored, outputs }: SponsorshipChainFacts, refuse) {
    const { outRef, lovelace, changeAddress } = sponsored;
    const output = unspentOutputs(outputs).get(outRefKey(outRef));
    const address = output === undefined ? undefined : parseAddress(output.address);
    const isOurs =
      address?.ok === true &&
      address.value.kind === 'shelley' &&
      address.value.payment.kind === 'key' &&
      address.value.payment.hash === changeAddress.payment.hash;
    const isPlain =
      output?.lovelace === lovelace &&
      output.assets.size === 0 &&
      output.datumHash === undefined &&
      output.inlineDatum === undefined &&
      output.referenceScript === undefined;
    if (isOurs && isPlain) return PASSED;
    const message = `sponsorship: expected ${outRefKey(outRef)} to hold ${lovelace} lovelace of ${changeAddress.text} and nothing else, found ${output?.lovelace ?? 'nothing'} at ${output?.address ?? 'no address'}`;
    return refuse(CODE, message);
  },
});
