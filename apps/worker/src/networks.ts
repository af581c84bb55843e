import type { Network } from '@x402-facilitator/cardano';
import { type Config, networkOf } from '@x402-facilitator/shared/config';

/** One network that this deployment serves, with what is its own. */
export type ServedNetwork = {
  readonly network: Network;
  readonly blockfrost: Config['chain']['blockfrost'];
  readonly graceMs: number;
};

/** `chain.network` and `chain.alsoServe[]`; what a further network leaves out is inherited. */
export function servedNetworks({ chain }: Config): readonly ServedNetwork[] {
  const { graceBufferSeconds } = chain.verification;
  const further = chain.alsoServe.map(({ network, blockfrost, verification }) => ({
    network: networkOf(network),
    blockfrost,
    graceMs: (verification?.graceBufferSeconds ?? graceBufferSeconds) * 1000,
  }));
  const first = {
    network: networkOf(chain.network),
    blockfrost: chain.blockfrost,
    graceMs: graceBufferSeconds * 1000,
  };
  return [first, ...further];
}
