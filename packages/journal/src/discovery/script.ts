import { DISCOVERY_PREFIX } from './keys.js';

/** How many terms of one resource are kept: schemes and assets. */
export const MAX_TERMS = 8;

/** How many one write forgets at most. */
const FORGOTTEN_AT_ONCE = 100;

/**
 * Lists a resource in the write that settles a payment for it, so that no listing is lost with a worker. What the payment
 * declares is in the record's field `discovery`, as `encodeCandidate` writes it; its bounds travel with it.
 *
 * A listing belongs to the address that its first payment paid. What it says changes once two settled payments in a row,
 * of two payers, declare the same: a buyer can alter what its payment declares. A rollback that ends in failure takes a
 * listing away that no other payment made.
 *
 * Settling waits for none of this: what is damaged here stays as it is.
 */
export const DISCOVERY = `
local function discover(to)
  if to ~= 'confirmed' and not FINAL[to] then return end
  local candidate = field('discovery')
  if not candidate then return end
  pcall(function()
    local it = cjson.decode(candidate)
    local key = function(name) return '${DISCOVERY_PREFIX}:' .. name end
    local resource = key('resource:' .. (it.id or ''))
    local expiredMs = nowMs - it.expireMs

    local function note(code, detail)
      redis.call('HSET', key('notes'), it.note, cjson.encode({ url = it.url, network = network, code = code,
        message = detail and detail.message, path = detail and detail.path, transaction = transaction,
        payTo = field('payTo'), keyName = field('keyName') or nil, atMs = int(nowMs) }))
      redis.call('ZADD', key('noted'), int(nowMs), it.note)
      local excess = redis.call('ZCARD', key('noted')) - it.maxResources
      local oldest = redis.call('ZRANGE', key('noted'), 0, ${FORGOTTEN_AT_ONCE - 1}, 'WITHSCORES')
      for index = 1, #oldest, 2 do
        if excess <= 0 and tonumber(oldest[index + 1]) > expiredMs then return end
        redis.call('HDEL', key('notes'), oldest[index])
        redis.call('ZREM', key('noted'), oldest[index])
        excess = excess - 1
      end
    end

    local function forget(id)
      local host = redis.call('HGET', key('resource:' .. id), 'host')
      redis.call('DEL', key('resource:' .. id))
      redis.call('ZREM', key('listed'), id)
      redis.call('HDEL', key('withdrawn'), id)
      if host then redis.call('ZREM', key('host:' .. host), id) end
    end

    -- Room for one more: what has expired goes first.
    local function hasRoom(index, bound)
      if redis.call('ZCARD', index) < bound then return true end
      local oldest = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')
      if tonumber(oldest[2]) > expiredMs then return false end
      forget(oldest[1])
      redis.call('ZREM', index, oldest[1])
      return redis.call('ZCARD', index) < bound
    end

    local function take(slot, text, isNew)
      local now, nextText, by = unpack(redis.call('HMGET', resource, slot, slot .. ':next', slot .. ':by'))
      local digest = redis.sha1hex(text)
      if isNew or now == text or (nextText == digest and by ~= field('payer')) then
        redis.call('HSET', resource, slot, text)
        redis.call('HDEL', resource, slot .. ':next', slot .. ':by')
      elseif nextText ~= digest and (now or redis.call('HLEN', resource) < ${3 * MAX_TERMS}) then
        redis.call('HSET', resource, slot .. ':next', digest, slot .. ':by', field('payer'))
      end
    end

    if FINAL[to] then
      if it.id and redis.call('HGET', resource, 'madeBy') == transaction then
        forget(it.id)
        note('payment_undone')
      end
      return
    end
    if it.refusal then return note(it.refusal.code, it.refusal) end
    for _, name in ipairs(it.delistedBy) do
      if redis.call('HEXISTS', key('delisted'), name) == 1 then return note('delisted_by_operator') end
    end

    local lastMs = tonumber(redis.call('ZSCORE', key('listed'), it.id) or '')
    if lastMs and lastMs <= expiredMs then forget(it.id) end
    local owner = redis.call('HGET', resource, 'payTo')
    if owner and owner ~= field('payTo') then return note('other_seller') end
    local isNew = not owner
    if isNew then
      if not hasRoom(key('host:' .. it.host), it.maxPerHost) then return note('host_full') end
      if not hasRoom(key('listed'), it.maxResources) then return note('catalogue_full') end
      redis.call('HSET', resource, 'url', it.url, 'network', network, 'payTo', field('payTo'), 'host', it.host,
        'firstMs', int(nowMs), 'madeBy', transaction)
    elseif redis.call('HGET', resource, 'madeBy') ~= transaction then
      redis.call('HSET', resource, 'madeBy', '')
    end
    take('listing', it.listing, isNew)
    take('terms ' .. it.termsOf, it.terms, isNew)
    redis.call('ZADD', key('listed'), int(nowMs), it.id)
    redis.call('ZADD', key('host:' .. it.host), int(nowMs), it.id)
    redis.call('HDEL', key('notes'), it.note)
    redis.call('ZREM', key('noted'), it.note)
  end)
end
`;

/**
 * A seller's word about its own listings of one URL: withdrawn, or listed again. An older word than the last one changes
 * nothing, so that one that is sent again has no effect.
 *
 * Keys: withdrawn, then a resource per id. Arguments: payTo, withdraw or restore, atMs, then the ids.
 * Returns: how many listings it was about, or -1 when a newer word is known.
 */
export const sellerScript = {
  name: 'x402DiscoverySeller',
  lua: `
local payTo, action, atMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
local own = {}
for index = 2, #KEYS do
  local owner, saidMs = unpack(redis.call('HMGET', KEYS[index], 'payTo', 'saidMs'))
  if owner == payTo then
    if saidMs and tonumber(saidMs) >= atMs then return -1 end
    own[#own + 1] = index
  end
end
for _, index in ipairs(own) do
  redis.call('HSET', KEYS[index], 'saidMs', ARGV[3])
  if action == 'withdraw' then redis.call('HSET', KEYS[1], ARGV[index + 2], ARGV[3])
  else redis.call('HDEL', KEYS[1], ARGV[index + 2]) end
end
return #own
`,
} as const;
