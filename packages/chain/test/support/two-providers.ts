import { PassThrough } from 'node:stream';
import { type ConnectedChain, connectChain, type ProviderCall } from '@x402-facilitator/chain';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { onTestFinished } from 'vitest';
import type { BudgetLimits } from '../../src/budget/limits.js';
import type { ConnectChainOptions } from '../../src/connect/connect-chain.js';
import type { ProviderHealth } from '../../src/failover/provider-health.js';
import { devnetOf } from './devnet-wallet.js';

export type TwoProviders = {
  readonly chain: ConnectedChain;
  readonly primary: Devnet;
  readonly fallback: Devnet;
  readonly calls: readonly ProviderCall[];
  readonly states: readonly ProviderHealth[];
  /** Every log line so far, as text. */
  log(): string;
  /** The state of each provider by name. */
  stateOfEach(): Promise<Record<string, string>>;
};

/** One ledger behind two providers: the primary speaks Blockfrost's API, the fallback Koios's. */
export async function twoProviders(
  change: Partial<ConnectChainOptions> & {
    readonly primaryUrl?: string;
    readonly primaryDevnet?: Devnet;
    readonly primaryBudget?: BudgetLimits;
  } = {},
): Promise<TwoProviders> {
  const { primaryUrl, primaryDevnet, primaryBudget, ...options } = change;
  const primary = primaryDevnet ?? (await devnetOf());
  const fallback = await startDevnet({ ledgerOf: primary });
  onTestFinished(() => fallback.close());
  const chunks: string[] = [];
  const destination = new PassThrough();
  destination.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const calls: ProviderCall[] = [];
  const states: ProviderHealth[] = [];
  const chain = connectChain({
    network: 'cardano:preview',
    providers: [
      {
        type: 'blockfrost',
        url: primaryUrl ?? primary.url,
        projectId: 'preview-s3cret-project',
        budget: primaryBudget,
      },
      { type: 'koios', url: fallback.koiosUrl, token: 's3cret-token' },
    ],
    utxoTtlSeconds: 60,
    clock: Date.now,
    logger: createLogger({ tier: 'api', logging: { level: 'debug', pretty: false }, destination }),
    observer: {
      onCall: (call) => void calls.push(call),
      onProviderState: (health) => void states.push(health),
    },
    ...options,
    tuning: {
      timeoutMs: 1_000,
      hedgeAfterMs: 100,
      failures: 3,
      openMs: 50,
      recheckEveryMs: 50,
      ...options.tuning,
    },
  });
  onTestFinished(() => chain.close());
  const byName = async () =>
    Object.fromEntries((await chain.health()).providers.map(({ name, state }) => [name, state]));
  await chain.health();
  return { chain, primary, fallback, calls, states, log: () => chunks.join(''), stateOfEach: byName };
}
