import { parseAddress } from '../../../../ledger/address/index.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsorshipChainFacts } from './facts.js';

const CODE = 'invalid_exact_cardano_payload_sponsorship_mismatch';

function bytesOf(text: string): Uint8Array | undefined {
  const address = parseAddress(text);
  return address.ok ? address.value.bytes : undefined;
}

export const payer = defineRule({
  name: 'the payer is the one whom the output was reserved for',
  codes: [CODE],
  source: 'limits count by payer',
  check({ payer: found, sponsored }: SponsorshipChainFacts, refuse) {
    const [one, other] = [bytesOf(found), bytesOf(sponsored.payer)];
    if (one !== undefined && other !== undefined && Buffer.compare(one, other) === 0) return PASSED;
    return refuse(CODE, `sponsorship: expected a payment by ${sponsored.payer}, found one by ${found}`);
  },
});
