import {
  type ChainProvider,
  type ConnectedChain,
  connectChain,
  decorateProvider,
} from '@x402-facilitator/chain';
import { withCallSpans } from '@x402-facilitator/shared/telemetry';
import { createObservedInclusions, type ObservedInclusions } from '../settlement/index.js';
import type { NetworkOptions } from './options.js';

export type NetworkChain = {
  readonly access: ConnectedChain;
  /** Look-ups wait when a provider's budget is short. Submissions do not, because a payer waits for them. */
  readonly provider: ChainProvider;
  /** What providers showed to this process. */
  readonly inclusions: ObservedInclusions;
};

/** Connects to a network's chain providers, measured. */
export function openChain(options: NetworkOptions): NetworkChain {
  const { served, redis, logger, metrics, telemetry, now } = options;
  const { network, providers, utxoTtlSeconds, reserveShare } = served;
  const access = connectChain({
    network,
    providers,
    redis,
    clock: now,
    logger,
    utxoTtlSeconds,
    reserveShare,
    observer: withCallSpans(metrics.chain, telemetry.tracing),
  });
  const inclusions = createObservedInclusions();
  const provider = decorateProvider(access.polling, {
    submitTransaction: async (bytes) => {
      const startedMs = performance.now();
      const outcome = await access.provider.submitTransaction(bytes);
      metrics.settlements.submitted(network, performance.now() - startedMs);
      return outcome;
    },
    getTip: async () => {
      const tip = await access.polling.getTip();
      metrics.following.sawTip(network, tip, now());
      inclusions.sawTip(tip);
      return tip;
    },
  });
  return { access, provider, inclusions };
}
