/**
 * Guarantees: only the transaction that is named is taken for ended, and only by the newest holder of the lease.
 *
 * Keys: pool transaction, lease fence. Arguments: fence, transaction id.
 * Returns: 1 when it was ended.
 */
export const endPoolTransactionScript = {
  name: 'x402SponsorshipEndPoolTransaction',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local text = redis.call('GET', KEYS[1])
if not text or cjson.decode(text).transaction ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
`,
} as const;
