import type { PaymentRequest } from '../../../request.js';
import { canonicalJson, sha256Hex } from './canonical-json.js';

const TERMS_DOMAIN = 'masumi:x402:terms:v1\n';

/**
 * The digest that the seller signs: `terms` exactly as received, with what the requirements say at their top level
 * (scheme: "Seller-signed terms").
 *
 * @returns lowercase hex, or `undefined` when the terms have no canonical form.
 */
export function termsDigestOf(
  { scheme, network, payTo, amount, asset, maxTimeoutSeconds }: PaymentRequest['paymentRequirements'],
  terms: Readonly<Record<string, unknown>>,
): string | undefined {
  const signedTerms = canonicalJson({
    ...terms,
    scheme,
    assetTransferMethod: 'masumi',
    network,
    contractAddress: payTo,
    amount,
    asset,
    maxTimeoutSeconds,
  });
  return signedTerms === undefined ? undefined : sha256Hex(TERMS_DOMAIN, signedTerms);
}
