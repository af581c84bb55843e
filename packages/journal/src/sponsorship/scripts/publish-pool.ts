import { PRELUDE } from './prelude.js';

/**
 * Guarantees: only the newest holder of the follower's lease says which outputs exist. An output is free only if it is
 * listed, not claimed, and not spent a moment ago. An output that is not listed cannot be reserved.
 *
 * Keys beyond the shared ones: lease fence. Arguments: fence, ttlMs, changeAddress, size, coinsPerUtxoByte, breaker or '',
 * then output and lovelace in turn.
 * Returns: outcome, free outputs, claimed outputs and their ids in turn, reservations left as they are and why in turn.
 */
export const publishPoolScript = {
  name: 'x402SponsorshipPublishPool',
  lua: `${PRELUDE}
local fence, ttlMs, changeAddress, size, coinsPerUtxoByte, breaker = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 5)
if redis.call('GET', KEYS[FIRST_KEY]) ~= fence then return { 'superseded' } end
local setAside = sweep()

redis.call('DEL', pool)
redis.call('HSET', pool, 'changeAddress', changeAddress, 'size', size, 'coinsPerUtxoByte', coinsPerUtxoByte,
  'publishedAtMs', int(nowMs))
if breaker ~= '' then redis.call('HSET', pool, 'breaker', breaker) end
redis.call('PEXPIRE', pool, ttlMs)

redis.call('ZREMRANGEBYSCORE', retired, '-inf', int(nowMs))
redis.call('DEL', known)
for i = FIRST_ARGUMENT + 6, #ARGV, 2 do
  local output = ARGV[i]
  if not redis.call('ZSCORE', retired, output) then
    redis.call('HSET', known, output, ARGV[i + 1])
    if redis.call('HEXISTS', taken, output) == 0 and not isHeld(output) then
      redis.call('ZADD', free, 'NX', int(nowMs), output)
    end
  end
end
for _, output in ipairs(redis.call('ZRANGE', free, 0, -1)) do
  if redis.call('HEXISTS', known, output) == 0 or isHeld(output) then redis.call('ZREM', free, output) end
end
return { 'published', redis.call('ZCARD', free), redis.call('HGETALL', taken), setAside }
`,
} as const;
