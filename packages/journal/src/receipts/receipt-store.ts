import type { Network, SignedReceipt, TxHash } from '@x402-facilitator/cardano';
import { signedReceiptSchema } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { JournalCorruptError } from '../settlements/journal.js';
import { journalKeys } from '../settlements/keys.js';
import { decodeIds } from '../settlements/replies.js';
import { answered, defineScript } from '../settlements/scripts/define.js';
import { storeReceiptScript } from '../settlements/scripts/store-receipt.js';

/**
 * The receipts of one network's settlements, kept with their records.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface ReceiptStore {
  /**
   * The receipt of a settlement that is confirmed now; a rollback takes it away with the block.
   *
   * @throws JournalCorruptError when what is stored is no receipt.
   */
  read(transaction: TxHash): Promise<SignedReceipt | undefined>;
  /** Confirmed in a block at or before `settledBeforeMs` (POSIX) and without a receipt, the oldest first. */
  due(settledBeforeMs: number, limit: number): Promise<readonly TxHash[]>;
  /** Keeps a receipt; false when there is one already, or the settlement is no longer confirmed in that block. */
  store(transaction: TxHash, blockHash: string, receipt: SignedReceipt): Promise<boolean>;
  /** Not before `atMs` (POSIX) is one due; nothing happens when none is. */
  postpone(transaction: TxHash, atMs: number): Promise<void>;
  /** Nobody waits any longer for the receipt of a settlement whose record has expired. */
  forget(transaction: TxHash): Promise<void>;
}

export function createReceiptStore({
  redis,
  network,
}: {
  readonly redis: Redis;
  readonly network: Network;
}): ReceiptStore {
  const keys = journalKeys(network);
  const store = defineScript(redis, storeReceiptScript);
  return {
    async read(transaction) {
      const text = await answered(() => redis.hget(keys.record(transaction), 'receipt'));
      if (text === null) return undefined;
      const parsed = signedReceiptSchema.safeParse(JSON.parse(text));
      if (!parsed.success) throw new JournalCorruptError(`The receipt of ${transaction} is not of its shape`);
      return parsed.data;
    },

    async due(settledBeforeMs, limit) {
      const until = Math.floor(settledBeforeMs);
      return decodeIds(
        await answered(() => redis.zrangebyscore(keys.receiptsDue, '-inf', until, 'LIMIT', 0, limit)),
      );
    },

    async store(transaction, blockHash, receipt) {
      const kept = await store(
        [keys.record(transaction), keys.receiptsDue],
        [transaction, blockHash, JSON.stringify(receipt)],
      );
      return kept === 1;
    },

    async postpone(transaction, atMs) {
      await answered(() => redis.zadd(keys.receiptsDue, 'XX', Math.ceil(atMs), transaction));
    },

    async forget(transaction) {
      await answered(() => redis.zrem(keys.receiptsDue, transaction));
    },
  };
}
