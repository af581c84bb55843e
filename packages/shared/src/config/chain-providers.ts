import type { Network } from '@x402-facilitator/cardano';
import { networkOf } from './network-of.js';
import type { Config } from './schema/index.js';

type Blockfrost = { readonly type: 'blockfrost' } & Config['chain']['blockfrost'];

/** The providers of one network, in the order of use. */
export type NetworkProviders = {
  readonly network: Network;
  readonly providers: readonly [Blockfrost, ...Config['chain']['fallbacks']];
};

/**
 * The providers of every network that is served: `blockfrost`, then `fallbacks`. Providers are of one network, so a
 * further network does not inherit them.
 */
export function chainProviders({ chain }: Config): readonly NetworkProviders[] {
  const { network, blockfrost, fallbacks, alsoServe } = chain;
  return [{ network, blockfrost, fallbacks }, ...alsoServe].map((served) => ({
    network: networkOf(served.network),
    providers: [{ type: 'blockfrost', ...served.blockfrost }, ...(served.fallbacks ?? [])],
  }));
}
