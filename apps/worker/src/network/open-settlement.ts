import {
  type ChainWindowStore,
  createChainWindowStore,
  createRedisJournal,
  createSubmitQueue,
  DEFAULT_JOURNAL_POLICY,
  type Journal,
  type SettlementIndex,
  type SubmitQueue,
} from '@x402-facilitator/journal';
import { logUnreadable } from '@x402-facilitator/shared/telemetry';
import {
  countTransitions,
  createSettlementWriter,
  forgetSpentOutputs,
  logTransitions,
  reportFailures,
  type SettlementWriter,
  traceTransitions,
} from '../settlement/index.js';
import type { NetworkChain } from './open-chain.js';
import { openSponsoring, type Sponsoring } from './open-sponsoring.js';
import type { NetworkOptions } from './options.js';

export type NetworkSettlement = {
  readonly journal: Journal & SettlementIndex;
  readonly windows: ChainWindowStore;
  readonly writer: SettlementWriter;
  readonly queue: SubmitQueue;
  /** Undefined on a worker that does not sponsor. */
  readonly sponsoring: Sponsoring | undefined;
};

/** Opens a network's journal with its single writer, its queue, and the books of its sponsored payments. */
export function openSettlement(options: NetworkOptions, chain: NetworkChain): NetworkSettlement {
  const { served, schemes, config, wallet, redis, acknowledged, logger, metrics, telemetry, now } = options;
  const { network, follower } = served;
  const { tracing, errors } = telemetry;
  const journal = createRedisJournal({
    redis,
    acknowledged,
    now,
    onUnreadable: logUnreadable(logger, errors),
    policy: {
      ...served.journal,
      webhookLimit: config.webhooks.enabled ? config.webhooks.maxWaiting : 0,
      patienceMs: { ...DEFAULT_JOURNAL_POLICY.patienceMs, submitted: follower.lookAgainAfterMs },
    },
  });
  const writer = createSettlementWriter({
    journal,
    // Only receipts use the observations, and without a wallet none is signed.
    before: wallet === undefined ? undefined : chain.inclusions.observe,
    listeners: [
      logTransitions(logger, now),
      countTransitions(metrics, now),
      ...(tracing === undefined ? [] : [traceTransitions(tracing, schemes)]),
      ...(errors === undefined ? [] : [reportFailures(errors, schemes)]),
      // Last, because only this waits for Redis.
      forgetSpentOutputs(chain.access),
    ],
    logger,
  });
  const queue = createSubmitQueue({
    network,
    redis,
    onError: (error) => logger.warn({ error }, 'the submit queue has a problem'),
  });
  const sponsoring = openSponsoring(options, chain, journal);
  return { journal, windows: createChainWindowStore({ redis, network }), writer, queue, sponsoring };
}
