import type { SignedReceipt, TxHash } from '@x402-facilitator/cardano';
import { signedReceiptSchema } from '@x402-facilitator/cardano';
import { answered, defineScript, JournalCorruptError, jsonField, type OnNetwork } from '../redis/index.js';
import { journalKeys } from '../settlements/keys.js';
import { decodeIds } from '../settlements/replies.js';
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
   * @throws JournalCorruptError when what is stored is not a receipt.
   */
  read(txHash: TxHash): Promise<SignedReceipt | undefined>;
  /** Confirmed in a block at or before `settledBeforeMs` (POSIX) and without a receipt, the oldest first. */
  due(settledBeforeMs: number, limit: number): Promise<readonly TxHash[]>;
  /**
   * Keeps a receipt. Returns false when there is one already, or when the settlement is not confirmed in that block any
   * more.
   */
  store(txHash: TxHash, blockHash: string, receipt: SignedReceipt): Promise<boolean>;
  /** Postpones a receipt that is due until `atMs` (POSIX). Does nothing when none is due. */
  postpone(txHash: TxHash, atMs: number): Promise<void>;
  /** Gives up on a receipt whose record has expired: it cannot be signed any more. */
  forget(txHash: TxHash): Promise<void>;
}

export function createReceiptStore({ redis, network }: OnNetwork): ReceiptStore {
  const keys = journalKeys(network);
  const store = defineScript(redis, storeReceiptScript);
  return {
    async read(txHash) {
      const text = await answered(() => redis.hget(keys.record(txHash), 'receipt'));
      if (text === null) return undefined;
      const parsed = jsonField.pipe(signedReceiptSchema).safeParse(text);
      if (!parsed.success) throw new JournalCorruptError(`The receipt of ${txHash} is not of its shape`);
      return parsed.data;
    },

    async due(settledBeforeMs, limit) {
      const until = Math.floor(settledBeforeMs);
      return decodeIds(
        await answered(() => redis.zrangebyscore(keys.receiptsDue, '-inf', until, 'LIMIT', 0, limit)),
      );
    },

    async store(txHash, blockHash, receipt) {
      const kept = await store(
        [keys.record(txHash), keys.receiptsDue, keys.archiveDue],
        [txHash, blockHash, JSON.stringify(receipt)],
      );
      return kept === 1;
    },

    async postpone(txHash, atMs) {
      await answered(() => redis.zadd(keys.receiptsDue, 'XX', Math.ceil(atMs), txHash));
    },

    async forget(txHash) {
      await answered(() => redis.zrem(keys.receiptsDue, txHash));
    },
  };
}
