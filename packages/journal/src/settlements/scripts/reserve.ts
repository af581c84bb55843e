/**
 * Guarantees: a hold of `/verify` is all or nothing, never takes an input from another transaction, never shortens a
 * claim's hold, and a payer has at most so many of them at a time.
 *
 * Keys: the payer's holds (sorted set of transaction ids by expiry), then a hold per input.
 * Arguments: transaction, prefix, nowMs, untilMs, limit.
 * Returns: outcome, input, holder.
 */
export const reserveScript = {
  name: 'x402JournalReserve',
  lua: `
local transaction, prefix, nowMs, untilMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local limit = tonumber(ARGV[5])
local payers = KEYS[1]

for i = 2, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if holder and holder ~= transaction then
    return { 'input-reserved', string.sub(KEYS[i], #prefix + #':hold:' + 1), holder }
  end
end
redis.call('ZREMRANGEBYSCORE', payers, '-inf', nowMs)
if not redis.call('ZSCORE', payers, transaction) and redis.call('ZCARD', payers) >= limit then
  return { 'too-many' }
end

redis.call('ZADD', payers, untilMs, transaction)
local lifetimeMs = tonumber(untilMs) - tonumber(nowMs)
if redis.call('PTTL', payers) < lifetimeMs then redis.call('PEXPIREAT', payers, untilMs) end
for i = 2, #KEYS do
  if redis.call('PTTL', KEYS[i]) < lifetimeMs then redis.call('SET', KEYS[i], transaction, 'PXAT', untilMs) end
end
return { 'reserved' }
`,
} as const;
