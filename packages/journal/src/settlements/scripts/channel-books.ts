/** For so long a channel counts after the last settlement on it here: as long as a close period may last. */
const KEPT_MS = 30 * 86_400_000;

/** How many channels are kept; beyond that the one goes that was not settled on for the longest. */
const MAX_CHANNELS = 100_000;

/** How many one write forgets at most. A claim enters fewer. */
const FORGOTTEN_AT_ONCE = 200;

/**
 * Keeps the books of channels in the write that settles a transaction on one: what each channel holds, and their sums. A
 * channel that ends elsewhere is not seen to end, so it is forgotten after a while.
 *
 * A confirmation that is not of the channel's newest block changes nothing, and a rollback restores what the transaction
 * itself had changed.
 *
 * Keys, built from the prefix: `channels`, a hash of `open` and of `locked:ID` and `unlocked:ID` in atomic units, which only
 * grow (`other` stands for assets that are not known); `channels:held`, a hash of what is known of each channel; and
 * `channels:settled`, a sorted set of when it was settled on.
 */
export const CHANNEL_BOOKS = `
local books, held, settledOn = prefix .. ':channels', prefix .. ':channels:held', prefix .. ':channels:settled'

-- What is known of a channel: asset, held, transaction, block height.
local function knownOf(channelId)
  local text = redis.call('HGET', held, channelId)
  return text and cjson.decode(text)
end

local function addTo(name, amount)
  local before = redis.call('HGET', books, name) or ''
  if not string.find(before, '%D') then redis.call('HSET', books, name, sum(before, amount)) end
end

local function move(asset, before, after)
  local label = KNOWN_ASSETS[asset] and asset or 'other'
  if before ~= '0' then addTo('unlocked:' .. label, before) end
  if after ~= '0' then addTo('locked:' .. label, after) end
  local opened = (after ~= '0' and 1 or 0) - (before ~= '0' and 1 or 0)
  if opened ~= 0 then redis.call('HINCRBY', books, 'open', opened) end
end

local function enter(channelId, asset, amount, height)
  local known = knownOf(channelId)
  move(asset, known and known[2] or '0', amount)
  redis.call('HSET', held, channelId, cjson.encode({ asset, amount, transaction, height }))
  redis.call('ZADD', settledOn, int(nowMs), channelId)
end

local function forgetOld()
  local oldest = redis.call('ZRANGE', settledOn, 0, ${FORGOTTEN_AT_ONCE - 1}, 'WITHSCORES')
  local excess = redis.call('ZCARD', settledOn) - ${MAX_CHANNELS}
  for index = 1, #oldest, 2 do
    if excess <= 0 and tonumber(oldest[index + 1]) > nowMs - ${KEPT_MS} then return end
    local known = knownOf(oldest[index])
    if known then move(known[1], known[2], '0') end
    redis.call('HDEL', held, oldest[index])
    redis.call('ZREM', settledOn, oldest[index])
    excess = excess - 1
  end
end

-- No settlement waits for the books: what is damaged of them, or of the record's changes, stays as it is.
local function eachChange(visit)
  if (field('kind') or 'payment') == 'payment' then return end
  pcall(function()
    for _, change in ipairs(cjson.decode(field('channels') or '[]')) do visit(unpack(change)) end
    forgetOld()
  end)
end

local function enterChannels()
  local height = number('blockHeight')
  eachChange(function(channelId, asset, _, after)
    local known = knownOf(channelId)
    if not known or not height or height >= known[4] then
      enter(channelId, asset, after, height or (known and known[4]) or 0)
    end
  end)
end

local function restoreChannels()
  eachChange(function(channelId, asset, before)
    local known = knownOf(channelId)
    if known and known[3] == transaction then enter(channelId, asset, before, 0) end
  end)
end
`;
