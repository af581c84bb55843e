/*
 * One hash per channel holds its record, the request that has it, and its latest committed voucher. The answer that voucher bought is
 * a key beside it with an end. Both have the channel's hash tag: a script may touch the keys of one node of a cluster only.
 * Amounts are canonical decimal text of up to 20 digits, which Lua's numbers cannot hold: they are compared as text.
 * `packages/server/src/channels/transitions.ts` says the same for the other stores.
 */
const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function above(a, b) return #a > #b or (#a == #b and a > b) end
local FIELDS = { 'terms', 'charged', 'claimed', 'balance', 'ref', 'closed', 'synced', 'iou', 'signature', 'note', 'refund' }
local function record() return redis.call('HMGET', KEYS[1], unpack(FIELDS)) end
`;

/** ARGV: terms, amount, signature, base, holder, lease, fresh, 1 for a refund, then either nothing or ref, balance, claimed, closed. */
export const RESERVE = `${PRELUDE}
local terms, amount, signature, base, holder = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local lease, fresh, isRefund = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local ref, balance, claimed, closed = ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local r = record()
local p = redis.call('HMGET', KEYS[1], 'holder', 'until', 'lastAmount', 'lastSignature')
local before = r[2]
if not before and not ref then return { 'ask-facilitator' } end
if before then
  if not ref and r[1] ~= terms then return { 'ask-facilitator', r } end
  if not isRefund and p[3] == amount and p[4] == signature and before ~= base then
    local answer = redis.call('GET', KEYS[2])
    if answer then
      redis.call('HSET', KEYS[1], 'asked', now)
      return { 'answered', r, answer }
    end
  end
  if p[1] and tonumber(p[2]) > now and p[1] ~= holder then return { 'busy' } end
end
if r[11] then
  local refund = cjson.decode(r[11])
  if refund.settlement then return { 'ending', r } end
  local isOver = refund.untilMs > 0 and refund.untilMs <= now
  if not isRefund then
    if refund.untilMs > now then return { 'ending', r } end
    if not ref then return { 'ask-facilitator', r } end
  end
  if refund.untilMs == 0 and ref and ref ~= '' and ref ~= refund.channelRef then isOver = true end
  if not isRefund and not isOver then return { 'ending', r } end
  if isOver and ref then
    redis.call('HDEL', KEYS[1], 'refund')
    r[11] = false
  end
end
if ref then
  if not before then
    r = { terms, base, claimed, balance, ref, closed, now, false, false, '', false }
  else
    r[1], r[3], r[4], r[6], r[7] = terms, claimed, balance, closed, now
    if ref ~= '' then r[5] = ref end
  end
  if above(claimed, r[2]) then r[2] = claimed end
  if before then
    redis.call('HSET', KEYS[1], 'terms', terms, 'charged', r[2], 'claimed', claimed, 'balance', balance, 'ref', r[5], 'closed', closed, 'synced', now)
  end
end
if r[2] ~= base then return { 'other-count', r } end
if not ref then
  local isFresh = r[5] ~= '' and tonumber(r[7]) + fresh > now and r[6] == '0'
  if not isFresh or above(amount, r[4]) or not above(amount, r[3]) then return { 'ask-facilitator', r } end
end
redis.call('HSET', KEYS[1], 'holder', holder, 'until', now + lease, 'amount', amount, 'pending', signature, 'base', base)
if not before then
  redis.call('HSET', KEYS[1], 'terms', terms, 'charged', r[2], 'claimed', claimed, 'balance', balance, 'ref', ref, 'closed', closed, 'synced', now, 'note', '')
end
if not r[8] then redis.call('PEXPIRE', KEYS[1], lease * 2) end
return { 'reserved', r, before or r[3] }`;

/** ARGV: holder, charged, how long the answer is kept, the answer or nothing, then either nothing or ref, balance, claimed, closed. */
export const COMMIT = `${PRELUDE}
local holder, charged, keep, answer = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ref, balance, claimed, closed = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local p = redis.call('HMGET', KEYS[1], 'holder', 'amount', 'pending', 'base', 'lastHolder', 'charged', 'iou', 'ref')
if p[5] == holder then
  redis.call('HSET', KEYS[1], 'asked', now)
  return { 'committed', record() }
end
if p[1] ~= holder or p[6] ~= p[4] or not above(charged, p[4]) or above(charged, p[2]) then return { 'not-held' } end
redis.call('HSET', KEYS[1], 'charged', charged, 'lastAmount', p[2], 'lastSignature', p[3], 'lastHolder', holder)
if not p[7] or above(p[2], p[7]) then redis.call('HSET', KEYS[1], 'iou', p[2], 'signature', p[3]) end
if not p[7] then redis.call('PERSIST', KEYS[1]) end
redis.call('HDEL', KEYS[1], 'holder', 'until', 'amount', 'pending', 'base')
if ref then
  if ref == '' then ref = p[8] end
  if above(claimed, charged) then charged = claimed end
  redis.call('HSET', KEYS[1], 'charged', charged, 'claimed', claimed, 'balance', balance, 'ref', ref, 'closed', closed, 'synced', now)
end
if answer == '' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], answer, 'PX', keep) end
return { 'committed', record() }`;

/** ARGV: holder, the refund. */
export const END = `${PRELUDE}
local p = redis.call('HMGET', KEYS[1], 'holder', 'amount', 'pending', 'base', 'charged', 'iou', 'refund')
if p[1] ~= ARGV[1] or p[5] ~= p[4] then return 0 end
local refund = cjson.decode(ARGV[2])
local before = p[7] and cjson.decode(p[7])
if before and before.channelRef == refund.channelRef and refund.untilMs > 0 and (before.untilMs == 0 or before.untilMs > refund.untilMs) then
  refund.untilMs = before.untilMs
end
if not p[6] then
  redis.call('HSET', KEYS[1], 'iou', p[2], 'signature', p[3])
  redis.call('PERSIST', KEYS[1])
end
redis.call('HDEL', KEYS[1], 'holder', 'until', 'amount', 'pending', 'base')
redis.call('HSET', KEYS[1], 'refund', cjson.encode(refund))
return 1`;

/** ARGV: the transaction, the settlement. */
export const ENDED = `
local p = redis.call('HMGET', KEYS[1], 'ref', 'refund')
if not p[1] then return 0 end
local ref = p[2] and cjson.decode(p[2]).channelRef or p[1]
redis.call('HSET', KEYS[1], 'refund', cjson.encode({ txHash = ARGV[1], channelRef = ref, untilMs = 0, settlement = ARGV[2] }))
return 1`;

/** ARGV: holder. */
export const RELEASE = `
local p = redis.call('HMGET', KEYS[1], 'holder', 'iou')
if p[1] ~= ARGV[1] then return 0 end
if not p[2] then return redis.call('DEL', KEYS[1]) end
return redis.call('HDEL', KEYS[1], 'holder', 'until', 'amount', 'pending', 'base')`;

/** ARGV: holder, lease. */
export const RENEW = `${PRELUDE}
local p = redis.call('HMGET', KEYS[1], 'holder', 'iou')
if p[1] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[2]))
if not p[2] then redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]) * 2) end
return 1`;

/** ARGV: ref, balance, claimed, closed, then either nothing or a note. */
export const OBSERVE = `${PRELUDE}
local ref, balance, claimed, closed, note = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local p = redis.call('HMGET', KEYS[1], 'charged', 'ref')
if not p[1] then return false end
if ref == '' then ref = p[2] end
local charged = p[1]
if above(claimed, charged) then charged = claimed end
redis.call('HSET', KEYS[1], 'charged', charged, 'claimed', claimed, 'balance', balance, 'ref', ref, 'closed', closed, 'synced', now)
if note then redis.call('HSET', KEYS[1], 'note', note) end
return record()`;

/** ARGV: charged. */
export const REMOVE = `${PRELUDE}
local p = redis.call('HMGET', KEYS[1], 'charged', 'until')
if p[1] ~= ARGV[1] or (p[2] and tonumber(p[2]) > now) then return 0 end
return redis.call('DEL', KEYS[1], KEYS[2])`;

export const READ = `${PRELUDE}
return record()`;
