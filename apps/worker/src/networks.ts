import type { Config, NetworkConfig } from '@x402-facilitator/shared/config';

/** One network that this deployment serves. */
export type ServedNetwork = NetworkConfig;

export function servedNetworks(config: Config): readonly ServedNetwork[] {
  return [...config.networks.values()];
}
