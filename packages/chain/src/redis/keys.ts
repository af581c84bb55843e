import type { Network, OutRefKey } from '@x402-facilitator/cardano';

/** The names of the keys that chain access keeps in Redis, under the one hash tag that all our keys share. */
export type ChainKeys = {
  /** Hash: what is left of a provider's budget. */
  budget(provider: string): string;
  /** String: held by the replica that probes the providers in this round. */
  readonly probing: string;
  /** Hash by provider: what the latest probe found, as JSON. */
  readonly observations: string;
  /** String: the outputs of a transaction, as JSON. */
  outputs(txHash: string): string;
  /** String: where what was followed from this output was last found, as `txHash#index`. */
  position(from: OutRefKey): string;
  /** Channel: transactions of which an output was spent. */
  readonly spent: string;
};

export function chainKeys(network: Network): ChainKeys {
  const prefix = `{x402}:chain:${network.slice('cardano:'.length)}`;
  return {
    budget: (provider) => `${prefix}:budget:${provider}`,
    probing: `${prefix}:probing`,
    observations: `${prefix}:providers`,
    outputs: (txHash) => `${prefix}:outputs:${txHash}`,
    position: (from) => `${prefix}:position:${from}`,
    spent: `${prefix}:spent`,
  };
}
