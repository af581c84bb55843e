import type { Network } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';
import type { SupportedResponse } from '@x402-facilitator/shared/wire';

/** The deepest policy of the scheme. */
const MAX_CONFIRMATIONS = 20;

/** What this deployment can settle: known from its configuration alone (x402 v2, `/supported`). */
export function describeSupported(
  networks: readonly Network[],
  settle: Config['settle'],
  assetTransferMethods: readonly string[],
): SupportedResponse {
  return {
    kinds: networks.map((network) => ({
      x402Version: 2,
      scheme: 'exact',
      network,
      extra: {
        assetTransferMethods: [...assetTransferMethods],
        areFeesSponsored: false,
        l1Confirmations: { minimum: settle.acceptMempool ? -1 : 0, maximum: MAX_CONFIRMATIONS },
      },
    })),
    extensions: [],
    signers: {},
  };
}
