/** Where the usage of keys is counted. The name of a key comes last: it may hold any character. */
export const USAGE_PREFIX = '{x402}:usage';

/** Of one key in one day or month, assets beyond these have no sum, unless a quota names them. */
export const MAX_USAGE_ASSETS = 200;

/** For so long after a day and a month began its numbers are kept. Seconds. */
const KEPT_SECONDS = { day: 62 * 86_400, month: 400 * 86_400 };

/**
 * The UTC days and months of usage, by Redis's clock: it is one for all replicas, and theirs may leap. Needs `network`.
 *
 * Each hash counts `verifications`, and settlements that were `claimed`, `confirmed`, `reversed` (by a rollback), `released`
 * (ended unpaid), `failed` and `expired`; the sums of their amounts are beside them, as `claimed:ASSET` and so on. Sums are
 * decimal text and only grow. What counts against a quota is claimed less released.
 */
export const PERIODS = `
local function dayOf(seconds)
  -- The years begin in March here, so that a leap day is the last of its year.
  local days = math.floor(seconds / 86400) + 719468
  local era = math.floor(days / 146097)
  local dayOfEra = days - era * 146097
  local year = math.floor((dayOfEra - math.floor(dayOfEra / 1460) + math.floor(dayOfEra / 36524) - math.floor(dayOfEra / 146096)) / 365)
  local dayOfYear = dayOfEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * dayOfYear + 2) / 153)
  local day = dayOfYear - math.floor((153 * month + 2) / 5) + 1
  local isNextYear = month >= 10
  return string.format('%04d-%02d-%02d', era * 400 + year + (isNextYear and 1 or 0), isNextYear and month - 9 or month + 3, day)
end

local function usageOf(name, day)
  local function at(period, of) return '${USAGE_PREFIX}:' .. network .. ':' .. period .. ':' .. of .. ':' .. name end
  return { month = at('month', string.sub(day, 1, 7)), day = at('day', day) }
end

local function keepUsage(usage, seconds)
  redis.call('EXPIREAT', usage.day, string.format('%.0f', seconds + ${KEPT_SECONDS.day}))
  redis.call('EXPIREAT', usage.month, string.format('%.0f', seconds + ${KEPT_SECONDS.month}))
end

-- The quotas of a key on this network, and whether it was revoked. A key of the configuration has none.
local function quotasOf(keys, name)
  local text = redis.call('HGET', keys, name)
  if not text then return {}, false end
  local key = cjson.decode(text)
  return key.settings.quotas[network] or {}, key.revoked ~= nil
end

local function countOf(hash, name) return tonumber(redis.call('HGET', hash, name) or '0') or 0 end

-- The quota that one more would break: what, period, limit, claimed, released. Of two the month's, which ends last.
local function brokenCount(what, quota, usage, claimed, released)
  for _, period in ipairs({ 'month', 'day' }) do
    local limit = quota and tonumber(quota[period])
    if limit then
      local before, back = countOf(usage[period], claimed), released and countOf(usage[period], released) or 0
      if before - back + 1 > limit then
        return { what, period, string.format('%.0f', limit), string.format('%.0f', before), string.format('%.0f', back) }
      end
    end
  end
end
`;

/**
 * Counts what a key settles, in the writes that claim and end a settlement: so the numbers are exact after any crash, and
 * 100 claims at once do not pass a quota of 10. A settlement counts to the day and month of its claim, which its record
 * remembers, however late it ends or is rolled back. Needs PERIODS and DECIMAL_SUM.
 *
 * With usage off, a claim has no field `usage` and nothing is read or written.
 */
export const USAGE = `
local function isMoved(kind) return kind ~= 'deposit' end

local function isMore(left, right) return #left > #right or (#left == #right and left > right) end

local function sumOf(hash, name)
  local text = redis.call('HGET', hash, name)
  return text and not string.find(text, '%D') and text or '0'
end

local function countUsage(hash, what, asset, amount)
  redis.call('HINCRBY', hash, what, 1)
  if asset then redis.call('HSET', hash, what .. ':' .. asset, sum(sumOf(hash, what .. ':' .. asset), amount)) end
end

local function brokenVolume(quota, usage, asset, amount)
  for _, period in ipairs({ 'month', 'day' }) do
    local limit = quota and quota[period]
    if limit then
      local before, back = sumOf(usage[period], 'claimed:' .. asset), sumOf(usage[period], 'released:' .. asset)
      if isMore(sum(before, amount), sum(back, limit)) then return { 'volume', period, limit, before, back, asset } end
    end
  end
end

-- Counts a claim to the usage of its key. Returns why its key may not make it; then nothing is counted. Its record gets the
-- day in the place of the last pair's value, with '-' behind it where its amount is in no sum.
local function refusedByKey(firstPair)
  if ARGV[#ARGV - 1] ~= 'usage' then return nil end
  local claimed = {}
  for index = firstPair, #ARGV, 2 do claimed[ARGV[index]] = ARGV[index + 1] end
  local name, asset, amount = claimed.keyName, claimed.asset, claimed.amount
  local quotas, isRevoked = quotasOf(ARGV[#ARGV], name)
  if isRevoked then return { 'key-revoked' } end
  local seconds = tonumber(redis.call('TIME')[1])
  local day = dayOf(seconds)
  local usage = usageOf(name, day)
  local volume = quotas.volume and quotas.volume[asset]
  local broken = brokenCount('settlements', quotas.settlements, usage, 'claimed', 'released')
    or (isMoved(claimed.kind) and brokenVolume(volume, usage, asset, amount))
  if broken then return { 'quota-reached', false, day, string.format('%.0f', seconds), unpack(broken) } end

  local isSummed = isMoved(claimed.kind)
  if isSummed and not volume and redis.call('HEXISTS', usage.month, 'claimed:' .. asset) == 0 then
    isSummed = countOf(usage.month, 'assets') < ${MAX_USAGE_ASSETS}
    if isSummed then redis.call('HINCRBY', usage.month, 'assets', 1) end
  end
  for _, hash in pairs(usage) do countUsage(hash, 'claimed', isSummed and asset, amount) end
  keepUsage(usage, seconds)
  ARGV[#ARGV] = isSummed and day or day .. '-'
  return nil
end

-- No settlement waits for it: what is damaged of the usage stays as it is.
local function countUsageOutcome(before, now)
  local mark = field('keyName') and field('usage')
  if not mark then return end
  local asset = #mark == 10 and field('asset')
  pcall(function()
    for _, hash in pairs(usageOf(field('keyName'), string.sub(mark, 1, 10))) do
      if redis.call('EXISTS', hash) == 1 then
        if before == 'confirmed' then countUsage(hash, 'reversed', asset, field('amount')) end
        if now == 'confirmed' then countUsage(hash, 'confirmed', asset, field('amount')) end
        if FINAL[now] then
          countUsage(hash, 'released', asset, field('amount'))
          redis.call('HINCRBY', hash, now, 1)
        end
      end
    end
  end)
end
`;

/**
 * Guarantees: a verification is counted unless a quota of its key would break.
 *
 * Keys: stored keys. Arguments: network, name of the key.
 * Returns: outcome; of a quota day, seconds, what, period, limit, claimed, released.
 */
export const verificationScript = {
  name: 'x402UsageVerification',
  lua: `
local network, name = ARGV[1], ARGV[2]
${PERIODS}
local quotas, isRevoked = quotasOf(KEYS[1], name)
if isRevoked then return { 'key-revoked' } end
local seconds = tonumber(redis.call('TIME')[1])
local day = dayOf(seconds)
local usage = usageOf(name, day)
local broken = brokenCount('verifications', quotas.verifications, usage, 'verifications')
if broken then return { 'quota-reached', false, day, string.format('%.0f', seconds), unpack(broken) } end
for _, hash in pairs(usage) do redis.call('HINCRBY', hash, 'verifications', 1) end
keepUsage(usage, seconds)
return { 'counted' }
`,
} as const;
