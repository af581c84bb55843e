import { blockfrost, type ChainReader, koios } from '@x402-facilitator/client';

/** What the shop is started with. */
export type ShopEnvironment = {
  readonly facilitatorUrl: string;
  readonly facilitatorApiKey: string | undefined;
  readonly chain: ChainReader;
  readonly seedPhrase: string;
  readonly price: string;
  /** A token to sell for as well, and the seed phrase of the shop's own ADA, which pays for its return. */
  readonly token:
    | { readonly asset: string; readonly amount: string; readonly floatSeedPhrase: string }
    | undefined;
  readonly leastFloatLovelace: bigint;
  readonly confirmations: number;
  readonly perHour: number;
  readonly pollMs: number;
  readonly host: string;
  readonly port: number;
};

const NETWORKS = ['cardano:preview', 'cardano:preprod'] as const;

/**
 * Reads the environment: the README has the list.
 *
 * @throws Error with one line per mistake. It never holds a secret.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): ShopEnvironment {
  const mistakes: string[] = [];
  const required = (name: string): string => {
    const value = env[name] || undefined;
    if (value === undefined) mistakes.push(`${name}: required`);
    return value ?? '';
  };
  const integer = (name: string, otherwise: number): number => {
    const value = env[name] ?? String(otherwise);
    if (!/^\d{1,9}$/.test(value)) mistakes.push(`${name}: expected a whole number, found "${value}"`);
    return Number(value);
  };
  const name = env.NETWORK ?? NETWORKS[0];
  const network = NETWORKS.find((known) => known === name);
  if (name === 'cardano:mainnet')
    mistakes.push(
      'NETWORK: this shop pays back whatever it is paid, for anyone who asks. On mainnet that burns the fees of two transactions in ' +
        'real ADA each time and tries nothing that a test network does not: it serves cardano:preview and cardano:preprod alone',
    );
  else if (network === undefined)
    mistakes.push(`NETWORK: expected ${NETWORKS.join(' or ')}, found "${name}"`);
  const facilitatorUrl = required('FACILITATOR_URL');
  const seedPhrase = required('SEED');
  const asset = env.TOKEN || undefined;
  const floatSeedPhrase = asset === undefined ? '' : required('FLOAT_SEED');
  if (floatSeedPhrase !== '' && floatSeedPhrase.trim() === seedPhrase.trim())
    mistakes.push('FLOAT_SEED: expected another one than SEED, because whatever comes to the till goes back');
  const amount = env.TOKEN_AMOUNT || '10';
  if (!/^[1-9]\d{0,18}$/.test(amount))
    mistakes.push(`TOKEN_AMOUNT: expected atomic units above 0, found "${amount}"`);
  const confirmations = integer('CONFIRMATIONS', 1);
  const perHour = integer('PAYMENTS_PER_HOUR', 60);
  const leastFloat = integer('MIN_FLOAT_ADA', 5);
  const pollMs = integer('POLL_MS', 10_000);
  const port = integer('PORT', 4022);
  if (network === undefined || mistakes.length > 0) throw new Error(mistakes.join('\n'));
  const { BLOCKFROST_PROJECT_ID: projectId, BLOCKFROST_URL: url, KOIOS_URL, KOIOS_TOKEN: token } = env;
  return {
    facilitatorUrl,
    facilitatorApiKey: env.FACILITATOR_API_KEY || undefined,
    chain:
      projectId || url
        ? blockfrost(network, { projectId: projectId || undefined, url: url || undefined })
        : koios(network, { url: KOIOS_URL || undefined, token: token || undefined }),
    seedPhrase,
    price: env.PRICE || '2 ADA',
    token: asset === undefined ? undefined : { asset, amount, floatSeedPhrase },
    leastFloatLovelace: BigInt(leastFloat) * 1_000_000n,
    confirmations,
    perHour,
    pollMs,
    host: env.HOST ?? '127.0.0.1',
    port,
  };
}
