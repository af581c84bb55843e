import type { SchemeRegistry } from '@x402-facilitator/cardano';
import { ChainProviderError } from '@x402-facilitator/chain';
import {
  type Call,
  callOn,
  isDone,
  JournalUnavailableError,
  type Settlement,
  SettlementNotReplicatedError,
} from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { outcomeOf } from '@x402-facilitator/shared/wire';
import type { Log } from './log.js';
import { mayBeDeliveredAlready } from './lost-journal.js';
import type { ServedNetworks } from './served-networks.js';
import {
  answerDead,
  answerDuplicate,
  answerPending,
  answerSettled,
  answerSettledBeforeClaim,
  answerTooLate,
  type SettleAnswer,
} from './settle-answers.js';
import { SettlementUnreadableError } from './settlement-unreadable.js';
import type { WaitForSettlement } from './wait-for-settlement.js';

export type FollowOptions = {
  /** How long the caller is willing to wait. 0 answers at once. */
  readonly waitMs: number;
  /** The same call collects the same success again. */
  readonly call: Call;
  /** Fires when the caller is gone: nothing may be delivered to it any more. */
  readonly hungUp: AbortSignal;
  /** Called when the answer begins to wait for the outcome. */
  readonly onWait?: (() => void) | undefined;
  readonly log: Log;
};

/** Follows an accepted settlement for a limited time, and answers `/settle`. */
export type FollowToAnswer = (settlement: Settlement, options: FollowOptions) => Promise<SettleAnswer>;

export function createFollowToAnswer(dependencies: {
  readonly schemes: Pick<SchemeRegistry, 'of'>;
  readonly networks: Pick<ServedNetworks, 'of'>;
  readonly wait: WaitForSettlement;
  readonly publicUrl: Config['server']['publicUrl'];
  /** Fires when the process stops, so that open waits are answered. */
  readonly stopping: AbortSignal;
}): FollowToAnswer {
  const { schemes, networks, wait, publicUrl, stopping } = dependencies;

  return async (settlement, options) => {
    const deadlineMs = performance.now() + options.waitMs;
    const signals = [stopping, options.hungUp];
    let latest = settlement;
    let rolledBackRevision: number | undefined;
    if (options.waitMs > 0 && !isDone(settlement)) options.onWait?.();
    for (;;) {
      const timeoutMs = deadlineMs - performance.now();
      latest = await wait({
        settlement: latest,
        isDone: (it) => isDone(it) && it.revision !== rolledBackRevision,
        timeoutMs,
        signals,
      });
      const outcome = outcomeOf(latest);
      if (outcome === 'pending') return answerPending(latest, publicUrl);
      if (outcome === 'failed' || outcome === 'expired') return answerDead(latest, publicUrl);
      const answer = await collect(latest, options);
      if (answer !== undefined) return answer;
      // A rollback took the confirmation back in between, so it is pending again.
      if (timeoutMs <= 0 || signals.some(({ aborted }) => aborted)) return answerPending(latest, publicUrl);
      rolledBackRevision = latest.revision;
    }
  };

  /** Delivers the success, once; undefined when a rollback has taken it back. */
  async function collect(settlement: Settlement, options: FollowOptions): Promise<SettleAnswer | undefined> {
    const { network, txHash } = settlement;
    // The caller is gone. The success stays available for its next attempt.
    if (options.hungUp.aborted) return answerPending(settlement, publicUrl);
    try {
      const served = networks.of(network);
      if (await mayBeDeliveredAlready(settlement, served)) {
        options.log.warn(
          { network, transaction: txHash },
          'in a block that is older than its claim: not delivered',
        );
        const { settledBeforeClaim } = schemes.of(settlement.scheme).codes;
        return answerSettledBeforeClaim(settlement, settledBeforeClaim, publicUrl);
      }
      const delivery = await served.journal.deliver(network, txHash, callOn(settlement, options.call));
      if (delivery === undefined) return undefined;
      if (delivery.kind === 'too-late') return answerTooLate(delivery.settlement, publicUrl);
      if (delivery.kind === 'unreadable') throw new SettlementUnreadableError(delivery.record);
      const { redeemedAtMs, redeemedBecause } = delivery.settlement;
      if (delivery.kind === 'delivered' && redeemedAtMs !== undefined)
        options.log.warn(
          { network, transaction: txHash, metadata: { redeemedAtMs, redeemedBecause } },
          "delivered on an operator's word",
        );
      return delivery.kind === 'delivered'
        ? answerSettled(delivery.settlement)
        : answerDuplicate(delivery.settlement, publicUrl);
    } catch (error) {
      if (error instanceof ChainProviderError) return answerPending(settlement, publicUrl);
      const isReplicated = !(error instanceof SettlementNotReplicatedError);
      if (!(error instanceof JournalUnavailableError && isReplicated)) throw error;
      options.log.warn(
        { error, network, transaction: txHash },
        'confirmed, but the delivery cannot be recorded yet',
      );
      return answerPending(settlement, publicUrl);
    }
  }
}
