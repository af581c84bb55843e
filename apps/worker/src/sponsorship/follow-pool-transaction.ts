import { decodeTransaction, type OutRefKey, outRefKey } from '@x402-facilitator/cardano';
import type { PoolTransaction } from '@x402-facilitator/journal';
import { lookOnChain } from '../lookups/index.js';
import type { PoolContext } from './context.js';

/** This many slots past its TTL, even a lagging provider would have shown it. */
const GRACE_SLOTS = 120;
/** The wait before the same bytes are sent again. */
const RESEND_MS = 30_000;

export type Following = {
  /** Inputs of the transaction in flight; undefined without one. */
  readonly spending: ReadonlySet<OutRefKey> | undefined;
  /** The transaction in flight has just ended. */
  readonly hasEnded: boolean;
};

/** Follows the wallet's own transaction, from any worker, until a block includes it or no block can. */
export function createPoolTransactionFollower(context: PoolContext): {
  follow(leaseFence: number): Promise<Following>;
  /** Sends it for the first time. */
  send(leaseFence: number, transaction: PoolTransaction): Promise<void>;
} {
  const { network, provider, transactions, metrics, logger, now } = context;
  let sentAtMs = Number.NEGATIVE_INFINITY;

  const end = async (leaseFence: number, pending: PoolTransaction, as: 'included' | 'lapsed') => {
    if (!(await transactions.end(leaseFence, pending, as))) return;
    const { txHash, feeLovelace } = pending;
    if (as === 'included') metrics.paidForPool(network, feeLovelace);
    logger.info(
      { transaction: txHash, metadata: { as, feeLovelace: `${feeLovelace}` } },
      'pool transaction ended',
    );
  };

  return {
    async follow(leaseFence) {
      const pending = await transactions.read();
      if (pending === undefined) return { spending: undefined, hasEnded: false };
      const spending = inputsOf(pending);
      const tip = await provider.getTip();
      const found = await lookOnChain(provider, pending.txHash);
      if (found.kind === 'on-chain') {
        await end(leaseFence, pending, 'included');
        return { spending: undefined, hasEnded: true };
      }
      const isNowhere = found.kind === 'nowhere' || found.kind === 'not-on-chain';
      if (isNowhere && tip.slot > pending.ttl + GRACE_SLOTS) {
        await end(leaseFence, pending, 'lapsed');
        return { spending: undefined, hasEnded: true };
      }
      if (isNowhere && tip.slot < pending.ttl && now() >= sentAtMs + RESEND_MS) {
        sentAtMs = now();
        await provider.submitTransaction(pending.bytes);
      }
      return { spending, hasEnded: false };
    },

    async send(leaseFence, transaction) {
      sentAtMs = now();
      const outcome = await provider.submitTransaction(transaction.bytes);
      logger.info(
        { transaction: transaction.txHash, metadata: { outcome: outcome.kind } },
        'pool transaction sent',
      );
      if (outcome.kind !== 'rejected') return;
      // These bytes were never sent before, so the refusal is final: its inputs are spent.
      logger.warn(
        { metadata: { providerMessage: outcome.message } },
        'the node refused the pool transaction',
      );
      await end(leaseFence, transaction, 'lapsed');
    },
  };
}

function inputsOf({ bytes, txHash }: PoolTransaction): ReadonlySet<OutRefKey> {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(`expected the bytes of the pool transaction ${txHash}: ${decoded.error}`);
  return new Set(decoded.value.inputs.map(outRefKey));
}
