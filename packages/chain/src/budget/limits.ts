/** How much a provider lets one account ask. */
export type BudgetLimits = {
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a quiet time. */
  readonly burst: number;
  /** Requests per UTC day. Unset: as many as the rate allows. */
  readonly perDay?: number | undefined;
};

/** As the services publish them: Blockfrost's free plan, and Koios's public and free tiers. */
const BLOCKFROST_FREE: BudgetLimits = { requestsPerSecond: 10, burst: 500, perDay: 50_000 };
const BLOCKFROST_PAID: BudgetLimits = { requestsPerSecond: 10, burst: 500 };
const KOIOS_PUBLIC: BudgetLimits = { requestsPerSecond: 10, burst: 100, perDay: 5_000 };
const KOIOS_TOKEN: BudgetLimits = { requestsPerSecond: 10, burst: 100, perDay: 50_000 };

const HOSTED = /(?:^|\.)(?:blockfrost\.io|koios\.rest)$/;

/**
 * The limits of a provider: the configured ones, else those that a hosted service publishes. A self-hosted server has
 * none unless they are configured.
 */
export function limitsOf(provider: {
  readonly type: 'blockfrost' | 'koios';
  readonly url?: string | undefined;
  readonly tier?: 'free' | 'paid' | undefined;
  readonly token?: string | undefined;
  readonly budget?: BudgetLimits | undefined;
}): BudgetLimits | undefined {
  const { type, url, tier, token, budget } = provider;
  if (budget !== undefined) return budget;
  if (url !== undefined && !HOSTED.test(new URL(url).hostname)) return undefined;
  if (type === 'koios') return token === undefined ? KOIOS_PUBLIC : KOIOS_TOKEN;
  return tier === 'paid' ? BLOCKFROST_PAID : BLOCKFROST_FREE;
}
