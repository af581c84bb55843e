import type { Network } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';

const EXPLORERS: Readonly<Record<Network, string>> = {
  'cardano:mainnet': 'https://cardanoscan.io/transaction/',
  'cardano:preprod': 'https://preprod.cardanoscan.io/transaction/',
  'cardano:preview': 'https://preview.cardanoscan.io/transaction/',
};

/** Explorers of each network's transactions. The transaction's id is appended. */
export type Explorers = ReadonlyMap<Network, string>;

/**
 * Explorers of the served networks. A chain on this machine is a devnet that imitates a public one, so no explorer
 * knows its transactions.
 */
export function explorersOf(config: Pick<Config, 'networks'>): Explorers {
  return new Map(
    [...config.networks.values()]
      .filter(({ providers }) => !providers.every(({ url }) => url !== undefined && isLoopback(url)))
      .map(({ network }) => [network, EXPLORERS[network]]),
  );
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
