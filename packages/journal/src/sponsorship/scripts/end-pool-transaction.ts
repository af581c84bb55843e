/**
 * Guarantees: only the named transaction is ended, once, and only by the newest holder of the lease. If it was
 * included, its fee is booked.
 *
 * Keys: pool transaction, lease fence, books. Arguments: fence, transaction id, its fee or ''.
 * Returns: 1 when it was ended.
 */
export const endPoolTransactionScript = {
  name: 'x402SponsorshipEndPoolTransaction',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local text = redis.call('GET', KEYS[1])
if not text or cjson.decode(text).transaction ~= ARGV[2] then return 0 end
if ARGV[3] ~= '' then
  redis.call('HINCRBY', KEYS[3], 'poolCount', 1)
  redis.call('HINCRBY', KEYS[3], 'poolFeeLovelace', ARGV[3])
end
return redis.call('DEL', KEYS[1])
`,
} as const;
