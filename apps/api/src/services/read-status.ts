import type { History } from '@x402-facilitator/archive';
import type { Network, TxHash } from '@x402-facilitator/cardano';
import { isDone, type Settlement } from '@x402-facilitator/journal';
import type { ServedNetworks } from './served-networks.js';
import { readable } from './settlement-unreadable.js';
import type { Viewer } from './visibility.js';
import type { WaitForSettlement } from './wait-for-settlement.js';

export type ReadStatus = (options: {
  readonly txHash: TxHash;
  /** Where to look; every served network when left out. */
  readonly network?: Network | undefined;
  /** Waits this long for a change; 0 answers at once. */
  readonly waitMs: number;
  /** The revision that the caller has seen. A newer one already counts as a change. */
  readonly seenRevision?: number | undefined;
  /** Whose key asks; what it may not see is not found. */
  readonly viewer: Viewer;
  readonly hungUp: AbortSignal;
}) => Promise<Settlement | undefined>;

/**
 * The current state of a settlement, or its next one. Who may see it is checked before (`shownBy`).
 *
 * @throws JournalUnavailableError when Redis does not answer, or Redis has none and the archive does not answer;
 * SettlementUnreadableError.
 */
export function createReadStatus(dependencies: {
  readonly networks: Pick<ServedNetworks, 'names'>;
  readonly history: Pick<History, 'find'>;
  readonly wait: WaitForSettlement;
  readonly stopping: AbortSignal;
}): ReadStatus {
  const { networks, history, wait, stopping } = dependencies;
  return async ({ txHash, network, waitMs, seenRevision, hungUp }) => {
    const searched = network === undefined ? networks.names : [network];
    const settlement = readable((await history.find(searched, txHash)).reading);
    if (settlement === undefined || waitMs <= 0) return settlement;
    const since = seenRevision ?? settlement.revision;
    return wait({
      settlement,
      isDone: (latest) => latest.revision > since || isDone(latest),
      timeoutMs: waitMs,
      signals: [stopping, hungUp],
    });
  };
}
