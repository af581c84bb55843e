import { SCHEMA_VERSION } from '../record.js';

/**
 * Guarantees: one receipt per settlement and block, the first; it is kept only while the settlement is confirmed in the
 * very block that the receipt names. The settlement does not change: no event is published.
 *
 * Keys: record, receipts due. Arguments: transaction, block hash, receipt.
 * Returns: 1 when this receipt is the one that is kept.
 */
export const storeReceiptScript = {
  name: 'x402JournalStoreReceipt',
  lua: `
local version, state, block = unpack(redis.call('HMGET', KEYS[1], 'schemaVersion', 'state', 'blockHash'))
if version and version ~= '${SCHEMA_VERSION}' then return 0 end
if state ~= 'confirmed' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
if block ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HSETNX', KEYS[1], 'receipt', ARGV[3])
`,
} as const;
