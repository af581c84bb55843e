/**
 * Guarantees: all replicas together take no more than the limits allow, by Redis's own clock. When a provider tells one
 * of them to back off, all do. The daily count starts again with each UTC day.
 *
 * Keys: budget. Arguments: requestsPerSecond (0: no limit), burst, perDay (0: no limit), spareTokens and spareOfDay
 * (what must be left for others), nowMs ('' for Redis's clock), count (1, or 0 to look without taking).
 * Returns: granted | rate | quota | backoff, how many milliseconds to wait, how many requests are left today (-1: no
 * limit).
 */
export const takeScript = {
  name: 'x402ChainTakeBudget',
  lua: `
local time = redis.call('TIME')
local nowMs = tonumber(ARGV[6]) or (tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local rate, burst, perDay = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local spareTokens, spareOfDay = tonumber(ARGV[4]), tonumber(ARGV[5])
local DAY = 86400000

local held = redis.call('HMGET', KEYS[1], 'tokens', 'atMs', 'day', 'used', 'backOffUntilMs')
local today = math.floor(nowMs / DAY)
local used = tonumber(held[3]) == today and tonumber(held[4]) or 0
local left = perDay > 0 and math.max(perDay - used, 0) or -1

local backOffMs = (tonumber(held[5]) or 0) - nowMs
if backOffMs > 0 then return {'backoff', math.ceil(backOffMs), left} end
if perDay > 0 and left <= spareOfDay then return {'quota', (today + 1) * DAY - nowMs, left} end

local tokens = 0
if rate > 0 then
  local since = math.max(nowMs - (tonumber(held[2]) or nowMs), 0)
  tokens = math.min((tonumber(held[1]) or burst) + since * rate / 1000, burst)
  if tokens < 1 + spareTokens then
    return {'rate', math.ceil((1 + spareTokens - tokens) * 1000 / rate), left}
  end
  tokens = tokens - 1
end
if ARGV[7] == '0' then return {'granted', 0, left} end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'atMs', string.format('%.0f', nowMs),
  'day', today, 'used', used + 1)
redis.call('PEXPIRE', KEYS[1], 2 * DAY)
return {'granted', 0, left > 0 and left - 1 or left}
`,
} as const;
