/**
 * Guarantees: one holder at a time; each new holder gets a higher fence than the one before, so that late writes of the
 * old holder are recognised and refused. The holder renews with the same call and keeps its fence.
 *
 * Keys: lease, fence. Arguments: holder, ttlMs.
 * Returns: the fence, or nil when another holds it.
 */
export const acquireLeaseScript = {
  name: 'x402JournalAcquireLease',
  lua: `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if holder then return tonumber(redis.call('GET', KEYS[2])) end
return redis.call('INCR', KEYS[2])
`,
} as const;
