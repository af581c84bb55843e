/**
 * Guarantees: only the transaction that is named is taken for ended, once, and only by the newest holder of the lease. The
 * fee of one that was included is on the books.
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
  -- Books that are damaged stay as they are, and the transaction has ended all the same.
  redis.pcall('HINCRBY', KEYS[3], 'poolCount', 1)
  redis.pcall('HINCRBY', KEYS[3], 'poolFeeLovelace', ARGV[3])
end
return redis.call('DEL', KEYS[1])
`,
} as const;
