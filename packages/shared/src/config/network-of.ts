import type { Network } from '@x402-facilitator/cardano';
import type { Config } from './schema/index.js';

const X402_NETWORKS = {
  Preview: 'cardano:preview',
  Preprod: 'cardano:preprod',
  Mainnet: 'cardano:mainnet',
} as const satisfies Record<Config['chain']['network'], Network>;

/** The x402 id of a network as operators write it. */
export function networkOf(name: Config['chain']['network']): Network {
  return X402_NETWORKS[name];
}
