import type { PriceKnown, RequestFacts } from '../facts/facts.js';
import { defineRule, PASSED } from '../facts/rule.js';

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
