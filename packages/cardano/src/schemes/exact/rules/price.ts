import { parseShelleyAddress } from '../../../ledger/address/index.js';
import { networkIdOf } from '../../../ledger/network/network.js';
import { parseAssetId } from '../../../ledger/primitives/asset.js';
import { ok, type Result } from '../../../result.js';
import { quote } from '../../quote.js';
import type { Refusal } from '../../refusal.js';
import type { NetworkKnown, PriceKnown, RequestFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

/** The scheme's amounts are canonical decimals. */
const AMOUNT = /^[1-9][0-9]*$/;
/** As many as 256 bits take: far above any output, and cheap to parse. */
const MAX_DIGITS = 78;
const CODE = 'invalid_exact_cardano_requirements';

export const price = defineRule({
  name: 'amount, asset and payTo are well formed, and payTo is a Shelley address of this network',
  codes: [CODE],
  source: 'scheme: "PaymentRequired"; CIP-19',
  check({ request, network }: RequestFacts & NetworkKnown, refuse): Result<PriceKnown, Refusal> {
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
    if (!address.ok) {
      const expected = `a Shelley address of ${network}`;
      return refuse(
        CODE,
        `paymentRequirements.payTo: expected ${expected}, found ${quote(payTo)}: ${address.error}`,
      );
    }
    if (address.value.networkId !== networkIdOf(network)) {
      const expected = `an address of ${network} (network id ${networkIdOf(network)})`;
      return refuse(
        CODE,
        `paymentRequirements.payTo: expected ${expected}, found network id ${address.value.networkId}`,
      );
    }
    return ok({ asset: parsedAsset, amount: BigInt(amount), payTo: address.value });
  },
});

export const allowedAsset = defineRule({
  name: 'the asset is one that the operator allows',
  codes: ['exact_cardano_unsupported_asset'],
  source: 'this deployment: chain.verification.assets',
  check({ policy, asset }: RequestFacts & PriceKnown, refuse) {
    if (policy.assets === undefined || policy.assets.has(asset)) return PASSED;
    const allowed = [...policy.assets].slice(0, 10).join(', ') || 'none';
    const message = `paymentRequirements.asset: this deployment settles ${allowed}; found ${asset}`;
    return refuse('exact_cardano_unsupported_asset', message);
  },
});
