import type { PaywallOptions } from './build-paywall.js';

export type PaywallEnvironment = PaywallOptions & { readonly host: string; readonly port: number };

const NETWORKS = ['cardano:preview', 'cardano:preprod', 'cardano:mainnet'] as const;

/**
 * Reads FACILITATOR_URL, FACILITATOR_API_KEY, SPONSORSHIP_URL, PAY_TO, NETWORK, TOKEN, MAX_TIMEOUT_SECONDS, HOST and
 * PORT.
 *
 * @throws Error with one line per mistake.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): PaywallEnvironment {
  const mistakes: string[] = [];
  const required = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') mistakes.push(`${name}: required`);
    return value ?? '';
  };
  const integer = (name: string, otherwise: number): number => {
    const value = env[name] ?? String(otherwise);
    if (!/^\d+$/.test(value)) mistakes.push(`${name}: expected a whole number, found "${value}"`);
    return Number(value);
  };
  const facilitatorUrl = required('FACILITATOR_URL');
  const payTo = required('PAY_TO');
  const name = env.NETWORK ?? NETWORKS[0];
  const network = NETWORKS.find((candidate) => candidate === name);
  if (network === undefined)
    mistakes.push(`NETWORK: expected one of ${NETWORKS.join(', ')}, found "${name}"`);
  const maxTimeoutSeconds = integer('MAX_TIMEOUT_SECONDS', 600);
  const port = integer('PORT', 4021);
  if (network === undefined || mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return {
    facilitatorUrl,
    facilitatorApiKey: env.FACILITATOR_API_KEY || undefined,
    sponsorshipUrl: env.SPONSORSHIP_URL || undefined,
    payTo,
    network,
    tokenAsset: env.TOKEN || undefined,
    maxTimeoutSeconds,
    host: env.HOST ?? '127.0.0.1',
    port,
  };
}
