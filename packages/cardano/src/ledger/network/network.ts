/** The canonical x402 ids of the Cardano networks (scheme: "Network Identifiers"). */
export const NETWORKS = ['cardano:mainnet', 'cardano:preprod', 'cardano:preview'] as const;

/** A canonical x402 network id. */
export type Network = (typeof NETWORKS)[number];

const CIP34_ALIASES: Readonly<Record<string, Network>> = {
  'cip34:1-764824073': 'cardano:mainnet',
  'cip34:0-1': 'cardano:preprod',
  'cip34:0-2': 'cardano:preview',
};

/**
 * Folds a CIP-34 alias to its canonical id; the alias set is closed.
 *
 * @returns `undefined` when `value` names no Cardano network.
 * @example
 * parseNetwork('cip34:0-1'); // 'cardano:preprod'
 */
export function parseNetwork(value: string): Network | undefined {
  if ((NETWORKS as readonly string[]).includes(value)) return value as Network;
  return Object.hasOwn(CIP34_ALIASES, value) ? CIP34_ALIASES[value] : undefined;
}

/**
 * The network id that addresses and transaction bodies carry: 1 on mainnet, 0 on every testnet.
 *
 * @example
 * networkIdOf('cardano:preprod'); // 0
 */
export function networkIdOf(network: Network): 0 | 1 {
  return network === 'cardano:mainnet' ? 1 : 0;
}
