import {
  type Config,
  chainProviders,
  type NetworkProviders,
  networkOf,
} from '@x402-facilitator/shared/config';

/** One network that this deployment serves, with what is its own. */
export type ServedNetwork = NetworkProviders & { readonly graceMs: number };

/** `chain.network` and `chain.alsoServe[]`; what a further network leaves out is inherited. */
export function servedNetworks(config: Config): readonly ServedNetwork[] {
  const { alsoServe, verification } = config.chain;
  return chainProviders(config).map(({ network, providers }) => {
    const own = alsoServe.find((also) => networkOf(also.network) === network)?.verification;
    return {
      network,
      providers,
      graceMs: (own?.graceBufferSeconds ?? verification.graceBufferSeconds) * 1000,
    };
  });
}
