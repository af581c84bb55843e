import {
  createPauseSwitch,
  JournalUnavailableError,
  readArchiveBacklog,
  readChannelBooks,
  submitQueueName,
} from '@x402-facilitator/journal';
import type { NetworkChain } from './open-chain.js';
import type { NetworkSettlement } from './open-settlement.js';
import type { NetworkOptions } from './options.js';

/**
 * From now on shows the values that are read at each scrape: the backlog, the queue, channels, the wallet and whether this
 * worker follows the chain.
 */
export function showMetrics(
  options: NetworkOptions,
  { provider }: NetworkChain,
  { journal, queue, sponsoring }: NetworkSettlement,
  isFollower: () => boolean,
): void {
  const { served, wallet, redis, logger, metrics, now } = options;
  const { network } = served;
  // A connection that waits for Redis would queue every scrape's reads until Redis is back.
  const whileConnected = <T>(ask: () => Promise<T>) =>
    redis.status === 'ready' ? ask() : Promise.reject(new JournalUnavailableError('Redis is away'));

  metrics.settlements.watch(network, () => whileConnected(() => journal.backlog(network)), now);
  const pause = createPauseSwitch({ redis, network });
  metrics.settlements.watchPause(network, () =>
    whileConnected(async () => (await pause.read()) !== undefined),
  );
  metrics.settlements.watchUnreadable(network, () =>
    whileConnected(async () => (await journal.unreadable(network)).length),
  );
  if (served.verification.channelValidators !== undefined)
    metrics.channels.watch(network, () => whileConnected(() => readChannelBooks(redis, network)), now);
  const { archiveMaxBacklog: maxBacklog } = served.journal;
  if (maxBacklog !== undefined) {
    metrics.archive.watch(network, {
      maxBacklog,
      read: () => whileConnected(() => readArchiveBacklog({ redis, network }, now())),
      now,
    });
  }
  if (sponsoring !== undefined)
    metrics.sponsorships.watch(network, () => whileConnected(sponsoring.countFree));
  if (wallet !== undefined)
    metrics.wallet.watch(
      network,
      async () =>
        (await provider.getUnspentOutputs(wallet.address)).reduce((sum, { lovelace }) => sum + lovelace, 0n),
      (error) => logger.warn({ error }, 'the balance of the wallet could not be read'),
    );
  metrics.following.watch(network, isFollower, now);
  metrics.queues.watch(
    submitQueueName(network),
    () =>
      whileConnected(async () => {
        const [counts, oldestWaitingMs] = await Promise.all([queue.counts(), queue.oldestWaitingMs()]);
        return { counts, oldestWaitingMs };
      }),
    Date.now,
  );
}
