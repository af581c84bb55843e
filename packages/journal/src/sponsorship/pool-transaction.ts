import {
  fromHex,
  type Network,
  ok,
  type Result,
  type Slot,
  slot,
  type TxHash,
  toHex,
} from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import {
  amountField,
  defineScript,
  jsonField,
  parseStored,
  readStored,
  txHashField,
} from '../redis/index.js';
import { journalKeys } from '../settlements/keys.js';
import { sponsorshipKeys } from './keys.js';
import { beginPoolTransactionScript } from './scripts/begin-pool-transaction.js';
import { endPoolTransactionScript } from './scripts/end-pool-transaction.js';

/** The wallet's own transaction, which splits and merges its outputs. */
export type PoolTransaction = {
  readonly txHash: TxHash;
  /** Signed. */
  readonly bytes: Uint8Array;
  readonly ttl: Slot;
  readonly feeLovelace: bigint;
};

/**
 * The one transaction of its own that a wallet has under way, kept so that another worker can follow it to its end.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface PoolTransactionStore {
  /** An error says why this version cannot read the one that there is. */
  read(): Promise<Result<PoolTransaction | undefined, string>>;
  /** Written before it is sent; false when another is under way, or another worker holds a newer lease. */
  begin(leaseFence: number, transaction: PoolTransaction): Promise<boolean>;
  /** It was included, and its fee is spent; or it never will be. False when another worker has said so already. */
  end(leaseFence: number, transaction: PoolTransaction, as: 'included' | 'lapsed'): Promise<boolean>;
}

const schema = z
  .object({
    transaction: txHashField,
    bytes: z.string().transform((text) => fromHex(text) ?? new Uint8Array()),
    ttl: z.int().transform(slot),
    feeLovelace: amountField,
  })
  .transform(({ transaction, ...rest }): PoolTransaction => ({ ...rest, txHash: transaction }));

export function createPoolTransactionStore({
  redis,
  network,
}: {
  readonly redis: Redis;
  readonly network: Network;
}): PoolTransactionStore {
  const { poolTransaction: key, books } = sponsorshipKeys(network);
  const { leaseFence } = journalKeys(network);
  const begin = defineScript(redis, beginPoolTransactionScript);
  const end = defineScript(redis, endPoolTransactionScript);
  return {
    async read() {
      const text = await readStored(() => redis.get(key));
      if (!text.ok) return text;
      return text.value === null ? ok(undefined) : parseStored(jsonField.pipe(schema), text.value);
    },

    async begin(fence, { txHash, bytes, ttl, feeLovelace }) {
      const text = JSON.stringify({
        transaction: txHash,
        bytes: toHex(bytes),
        ttl,
        feeLovelace: feeLovelace.toString(),
      });
      return (await begin([key, leaseFence], [fence, text])) === 1;
    },

    async end(fence, { txHash, feeLovelace }, as) {
      const fee = as === 'included' ? feeLovelace.toString() : '';
      return (await end([key, leaseFence, books], [fence, txHash, fee])) === 1;
    },
  };
}
