import type { SpendControls } from '@x402/core/client';
import type { CardanoNetwork, WalletOptions } from './wallet.js';

export type PayerEnvironment = {
  readonly network: CardanoNetwork;
  readonly blockfrostUrl: string;
  readonly blockfrostProjectId: string | undefined;
  readonly secret: WalletOptions['secret'];
  readonly spendControls: SpendControls;
};

const NETWORKS = ['cardano:preview', 'cardano:preprod', 'cardano:mainnet'] as const;
const DEFAULT_SPEND_LIMITS = 'lovelace=10000000';

/**
 * Reads SEED or PRIVATE_KEY, NETWORK, BLOCKFROST_URL, BLOCKFROST_PROJECT_ID and SPEND_LIMITS (`asset=amount,…` in
 * atomic units, for amounts that leave the wallet; 10 ADA a payment when unset).
 *
 * @throws Error with one line per mistake; a line never holds a secret.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): PayerEnvironment {
  const mistakes: string[] = [];
  const name = env.NETWORK ?? NETWORKS[0];
  const network = NETWORKS.find((candidate) => candidate === name);
  if (network === undefined)
    mistakes.push(`NETWORK: expected one of ${NETWORKS.join(', ')}, found "${name}"`);
  const secret = secretOf(env.SEED, env.PRIVATE_KEY);
  if (secret === undefined) mistakes.push('SEED: expected a mnemonic here or a key in PRIVATE_KEY, not both');
  const allowedAssets: Exclude<SpendControls['allowedAssets'], true | undefined> = [];
  for (const limit of (env.SPEND_LIMITS ?? DEFAULT_SPEND_LIMITS).split(',')) {
    const [, asset, maxAmountPerPayment] = /^\s*([^=\s]+)=(\d+)\s*$/.exec(limit) ?? [];
    if (asset === undefined || maxAmountPerPayment === undefined)
      mistakes.push(`SPEND_LIMITS: expected asset=amount, found "${limit}"`);
    else if (network !== undefined) allowedAssets.push({ network, asset, maxAmountPerPayment });
  }
  if (network === undefined || secret === undefined || mistakes.length > 0)
    throw new Error(mistakes.join('\n'));
  const service = network.replace(':', '-');
  return {
    network,
    blockfrostUrl: env.BLOCKFROST_URL ?? `https://${service}.blockfrost.io/api/v0`,
    blockfrostProjectId: env.BLOCKFROST_PROJECT_ID || undefined,
    secret,
    spendControls: { allowedAssets },
  };
}

function secretOf(
  seedPhrase: string | undefined,
  privateKey: string | undefined,
): WalletOptions['secret'] | undefined {
  if (seedPhrase && !privateKey) return { seedPhrase };
  if (privateKey && !seedPhrase) return { privateKey };
  return undefined;
}
