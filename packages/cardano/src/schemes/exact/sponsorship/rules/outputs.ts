import { parseAddress } from '../../../../ledger/address/index.js';
import { outRefKey } from '../../../../ledger/primitives/out-ref.js';
import { unspentOutputs } from '../../../output-facts.js';
import { foreignInput } from '../../facts/foreign-input.js';
import { defineRule, PASSED } from '../../facts/rule.js';
import type { SponsorshipChainFacts } from './facts.js';

const P = 'invalid_exact_cardano_payload';
const MISMATCH = `${P}_sponsorship_mismatch`;

export const otherInputs = defineRule({
  name: 'no other input is ours, and none belongs to a script',
  codes: [`${P}_sponsorship_foreign_input`, `${P}_sponsorship_not_plain`],
  source:
    'our signature opens every output behind our key that the transaction names, and satisfies every script that asks for it',
  check({ transaction, sponsored, outputs }: SponsorshipChainFacts, refuse) {
    const { outRef: lent, changeAddress } = sponsored;
    const found = foreignInput(transaction, outputs, { lent, owner: changeAddress.payment.hash });
    if (found === undefined) return PASSED;
    const name = `the input ${found.input}`;
    if (found.kind === 'script')
      return refuse(
        `${P}_sponsorship_not_plain`,
        `transaction: expected ${name} to be a key’s, found a script’s`,
      );
    return refuse(
      `${P}_sponsorship_foreign_input`,
      `transaction: expected ${outRefKey(lent)} alone of the facilitator, found ${name} as well`,
    );
  },
});

export const ownOutput = defineRule({
  name: 'the reserved output is ours and holds what was reserved, in ada alone',
  codes: [MISMATCH],
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
    return refuse(MISMATCH, message);
  },
});

function bytesOf(text: string): Uint8Array | undefined {
  const address = parseAddress(text);
  return address.ok ? address.value.bytes : undefined;
}

export const payer = defineRule({
  name: 'the payer is the one whom the output was reserved for',
  codes: [MISMATCH],
  source: 'limits count by payer',
  check({ payer: found, sponsored }: SponsorshipChainFacts, refuse) {
    const [one, other] = [bytesOf(found), bytesOf(sponsored.payer)];
    if (one !== undefined && other !== undefined && Buffer.compare(one, other) === 0) return PASSED;
    return refuse(MISMATCH, `sponsorship: expected a payment by ${sponsored.payer}, found one by ${found}`);
  },
});
