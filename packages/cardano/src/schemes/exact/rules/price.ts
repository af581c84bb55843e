import { parseShelleyAddress } from '../../../ledger/address/index.js';
import { networkIdOf } from '../../../ledger/network/network.js';
import { parseAssetId } from '../../../ledger/primitives/asset.js';
import { quote } from '../../quote.js';
import { defineRule } from '../../rule.js';
import type { NetworkKnown, PriceKnown, RequestFacts } from '../facts/facts.js';
import type { Refusal } from '../facts/terms.js';

/** The scheme's amounts are canonical; no output can hold more than 64 bits, so that 20 digits always suffice. */
const AMOUNT = /^[1-9][0-9]*$/;
const MAX_DIGITS = 78;
const CODE = 'invalid_exact_cardano_requirements';

export const price = defineRule({
  number: 4,
  name: 'amount, asset and payTo are well formed, and payTo is a Shelley address of this network',
  codes: [CODE],
  source: 'scheme: "PaymentRequired"; CIP-19',
  check({ request, network }: RequestFacts & NetworkKnown, refuse): PriceKnown | Refusal {
    const { amount, asset, payTo } = request.paymentRequirements;
    if (amount.length > MAX_DIGITS || !AMOUNT.test(amount)) {
      const expected = 'a positive decimal integer without leading zeros';
      return refuse(CODE, `paymentRequirements.amount: expected ${expected}, found ${quote(amount)}`);
    }
    const parsedAsset = parseAssetId(asset);
    if (parsedAsset === undefined) {
      const expected = '"lovelace" or a lowercase policyId.assetNameHex';
      return refuse(CODE, `paymentRequirements.asset: expected ${expected}, found ${quote(asset)}`);
    }
    const address = parseShelleyAddress(payTo);
    if (typeof address === 'string') {
      const expected = `a Shelley address of ${network}`;
      return refuse(
        CODE,
        `paymentRequirements.payTo: expected ${expected}, found ${quote(payTo)}: ${address}`,
      );
    }
    if (address.networkId !== networkIdOf(network)) {
      const expected = `an address of ${network} (network id ${networkIdOf(network)})`;
      return refuse(
        CODE,
        `paymentRequirements.payTo: expected ${expected}, found network id ${address.networkId}`,
      );
    }
    return { asset: parsedAsset, amount: BigInt(amount), payTo: address };
  },
});
