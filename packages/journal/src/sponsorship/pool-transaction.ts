import { fromHex, ok, type Result, type Slot, slot, type TxHash, toHex } from '@x402-facilitator/cardano';
import { z } from 'zod';
import {
  amountField,
  defineScript,
  jsonField,
  type OnNetwork,
  parseStored,
  readStored,
  txHashField,
} from '../redis/index.js';
import { journalKeys } from '../settlements/keys.js';
import { sponsorshipKeys } from './keys.js';

/** The wallet's own transaction, which splits and merges its outputs. */
export type PoolTransaction = {
  readonly txHash: TxHash;
  /** Signed. */
  readonly bytes: Uint8Array;
  readonly ttl: Slot;
  readonly feeLovelace: bigint;
};

/**
 * A wallet's own transaction in flight, one at a time. It is kept so that another worker can follow it to its end.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface PoolTransactionStore {
  /** An error says why this version cannot read the one that there is. */
  read(): Promise<Result<PoolTransaction | undefined, string>>;
  /** Written before it is sent; false when another is under way, or another worker holds a newer lease. */
  begin(leaseFence: number, transaction: PoolTransaction): Promise<boolean>;
  /** It was included and its fee is spent, or it never will be. False when another worker has recorded this already. */
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

export function createPoolTransactionStore({ redis, network }: OnNetwork): PoolTransactionStore {
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

/**
 * Guarantees: the wallet has one transaction of its own under way at a time, begun by the newest holder of the follower's
 * lease.
 *
 * Keys: pool transaction, lease fence. Arguments: fence, the transaction as JSON.
 * Returns: 1 when it was begun.
 */
const beginPoolTransactionScript = {
  name: 'x402SponsorshipBeginPoolTransaction',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('SETNX', KEYS[1], ARGV[2])
`,
} as const;

/**
 * Guarantees: only the transaction that is named is taken for ended, once, and only by the newest holder of the lease. The
 * fee of one that was included is on the books.
 *
 * Keys: pool transaction, lease fence, books. Arguments: fence, transaction id, its fee or ''.
 * Returns: 1 when it was ended.
 */
const endPoolTransactionScript = {
  name: 'x402SponsorshipEndPoolTransaction',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local text = redis.call('GET', KEYS[1])
if not text or cjson.decode(text).transaction ~= ARGV[2] then return 0 end
if ARGV[3] ~= '' then
  -- Books that are damaged stay as they are, and the transaction has ended all the same.
  redis.pcall('HINCRBY', KEYS[3], 'poolCount', 1)
  redis.pcall('HINCRBY', KEYS[3], 'poolFeeLovelace', ARGV[3])
end
return redis.call('DEL', KEYS[1])
`,
} as const;
