import { SCHEMA_VERSION } from '../record.js';

/**
 * Guarantees: one receipt per settlement and block, the first; it is kept only while the settlement is confirmed in the
 * very block that the receipt names, and none is added to what is archived. The settlement does not change: no event is
 * published. What waited for the archive because it lacked only the receipt waits no longer.
 *
 * Keys: record, receipts due, archive due. Arguments: transaction, block hash, receipt.
 * Returns: 1 when this receipt is the one that is kept.
 */
export const storeReceiptScript = {
  name: 'x402JournalStoreReceipt',
  lua: `
local version, state, block = unpack(redis.call('HMGET', KEYS[1], 'schemaVersion', 'state', 'blockHash'))
if version and version ~= '${SCHEMA_VERSION}' then return 0 end
if state ~= 'confirmed' or redis.call('HEXISTS', KEYS[1], 'archivedAtMs') == 1 then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
if block ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
local kept = redis.call('HSETNX', KEYS[1], 'receipt', ARGV[3])
if kept == 1 and redis.call('HEXISTS', KEYS[1], 'deliveredAtMs') == 1 then
  redis.call('ZADD', KEYS[3], 'XX', 'LT', redis.call('TIME')[1] .. '000', ARGV[1])
end
return kept
`,
} as const;
