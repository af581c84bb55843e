import {
  decodeTransaction,
  err,
  type OutRefKey,
  ok,
  outRefKey,
  type Result,
} from '@x402-facilitator/cardano';
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
  /** An error says why the transaction under way cannot be read: then it is unknown which outputs it spends. */
  follow(leaseFence: number): Promise<Result<Following, string>>;
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
      const stored = await transactions.read();
      if (!stored.ok) return stored;
      const pending = stored.value;
      if (pending === undefined) return ok({ spending: undefined, hasEnded: false });
      const inputs = inputsOf(pending);
      if (!inputs.ok) return inputs;
      const tip = await provider.getTip();
      const found = await lookOnChain(provider, pending.txHash);
      if (found.kind === 'on-chain') {
        await end(leaseFence, pending, 'included');
        return ok({ spending: undefined, hasEnded: true });
      }
      const isNowhere = found.kind === 'nowhere' || found.kind === 'not-on-chain';
      if (isNowhere && tip.slot > pending.ttl + GRACE_SLOTS) {
        await end(leaseFence, pending, 'lapsed');
        return ok({ spending: undefined, hasEnded: true });
      }
      if (isNowhere && tip.slot < pending.ttl && now() >= sentAtMs + RESEND_MS) {
        sentAtMs = now();
        await provider.submitTransaction(pending.bytes);
      }
      return ok({ spending: inputs.value, hasEnded: false });
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

function inputsOf({ bytes, txHash }: PoolTransaction): Result<ReadonlySet<OutRefKey>, string> {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return err(`bytes: ${decoded.error}`);
  if (decoded.value.id !== txHash)
    return err(`bytes: expected those of ${txHash}, found another transaction`);
  return ok(new Set(decoded.value.inputs.map(outRefKey)));
}
