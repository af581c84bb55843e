import type { TxHash } from '@x402-facilitator/cardano';
import type { Journal, ReceiptStore, Settlement } from '@x402-facilitator/shared/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';
import type { FacilitatorWallet } from '../wallet/index.js';
import { receiptOf } from './receipt-of.js';
import { signReceipt } from './sign-receipt.js';

export type ReceiptContext = {
  readonly wallet: FacilitatorWallet;
  readonly journal: Pick<Journal, 'readMany'>;
  readonly receipts: Pick<ReceiptStore, 'due' | 'store' | 'forget'>;
  readonly logger: Logger;
  /** Whether this worker follows the chain, and so signs what it confirms. */
  readonly isFollower: () => boolean;
  /** POSIX milliseconds. */
  readonly now: () => number;
};

/** A signature takes half a millisecond that no submission gets: few enough not to hold one up. */
const BATCH = 50;

/** Before a worker signs what another one should have: the follower may have no wallet. */
const FOLLOWER_PATIENCE_MS = 5_000;

/**
 * Signs a receipt for everything that is confirmed and has none. Any worker with a wallet may do it: the first receipt
 * is the one that is kept.
 *
 * @throws JournalUnavailableError when Redis does not answer: the next round begins where this one did.
 */
export async function issueReceipts(context: ReceiptContext): Promise<void> {
  const { wallet, journal, receipts, isFollower, now } = context;
  for (;;) {
    const due = await receipts.due(now() - (isFollower() ? 0 : FOLLOWER_PATIENCE_MS), BATCH);
    const settlements = await journal.readMany(wallet.network, due);
    let done = 0;
    for (const [index, transaction] of due.entries())
      if (await issueOne(context, transaction, settlements[index])) done += 1;
    if (due.length < BATCH || done === 0) return;
  }
}

/** False when somebody else was faster, or the settlement has moved on. */
async function issueOne(
  { wallet, receipts, logger }: ReceiptContext,
  transaction: TxHash,
  settlement: Settlement | undefined,
): Promise<boolean> {
  if (settlement === undefined) {
    await receipts.forget(transaction);
    return true;
  }
  const receipt = receiptOf(settlement);
  if (receipt === undefined) return false;
  const signed = await signReceipt(wallet, receipt);
  const isKept = await receipts.store(transaction, receipt.block.hash, signed);
  if (isKept) logger.debug({ transaction, ...traceFieldsOf(settlement) }, 'receipt signed');
  return isKept;
}
