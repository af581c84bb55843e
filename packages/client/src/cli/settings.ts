import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseNetwork } from '@x402-facilitator/cardano/ledger';
import { blockfrost, type ChainReader, koios } from '../chain/index.js';

export type ChainSettings = {
  readonly network: string;
  readonly blockfrostUrl?: string | undefined;
  readonly koiosUrl?: string | undefined;
};

/** Where keys and purchases are kept unless told otherwise. */
export const HOME = join(homedir(), '.x402-cardano');

/**
 * The chain's provider: Blockfrost where a URL or a project id names one, else the public Koios.
 *
 * @throws Error when the network is none of Cardano's.
 */
export function chainOf(settings: ChainSettings, env: NodeJS.ProcessEnv): ChainReader {
  const network = parseNetwork(settings.network) ?? parseNetwork(`cardano:${settings.network}`);
  if (network === undefined)
    throw new Error(`expected mainnet, preprod or preview as the network, found ${settings.network}`);
  const projectId = env.BLOCKFROST_PROJECT_ID || undefined;
  const url = settings.blockfrostUrl ?? (env.BLOCKFROST_URL || undefined);
  if (url !== undefined || projectId !== undefined) return blockfrost(network, { url, projectId });
  return koios(network, { url: settings.koiosUrl, token: env.KOIOS_TOKEN || undefined });
}
