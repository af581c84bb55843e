import { PRELUDE } from './prelude.js';

/**
 * Guarantees: no output is given twice, a caller and a payer have at most so many reservations waiting, and no day's
 * bookings exceed a limit: the worst case is booked here. A caller has at most its share of the pool, however its
 * reservations stand: waiting, bound or signed. A reservation by a stranger does not harm the payer: a caller
 * that has none waiting for a payer gets one, and the payer's own limit is booked only when its transaction is bound.
 *
 * Arguments: id, network, caller, payer, maxFeeLovelace, minAdaLovelace, expiresAtMs, maxConcurrent, day, then the limits
 * per payer, per key and per day, and the share.
 * Returns: outcome, detail (the sponsorship's pairs, or what was reached).
 */
export const reserveScript = {
  name: 'x402SponsorshipReserve',
  lua: `${PRELUDE}
local id, network, caller, payer, maxFee, minAda, expiresAtMs, maxConcurrent, day = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 8)
local perPayer, perKey, perDay, share = unpack(ARGV, FIRST_ARGUMENT + 9, FIRST_ARGUMENT + 12)
local cost = tonumber(maxFee) + tonumber(minAda)
local fault = booksFault(day, caller, payer)
if fault then return { 'unavailable', fault } end
sweep()

local changeAddress = redis.pcall('HGET', pool, 'changeAddress')
if type(changeAddress) ~= 'string' then return { 'unavailable', 'no worker keeps a pool' } end
local breaker = redis.call('HGET', pool, 'breaker')
if breaker then return { 'unavailable', breaker } end

-- Those that are spent by now are no part of the pool.
local function lentTo(name)
  local lent, pairs_ = 0, redis.call('HGETALL', taken)
  for i = 1, #pairs_, 2 do
    if get(pairs_[i + 1], 'caller') == name and redis.call('HEXISTS', known, pairs_[i]) == 1 then lent = lent + 1 end
  end
  return lent
end

local ofCaller = redis.call('ZRANGE', waiting('caller', caller), 0, -1)
if #ofCaller >= tonumber(maxConcurrent) then return { 'too-many', 'caller', maxConcurrent } end
if tonumber(share) < 1 then
  local most = math.max(1, math.floor(redis.call('HLEN', known) * tonumber(share)))
  if lentTo(caller) >= most then return { 'too-many', 'caller', int(most) } end
end
-- What this caller has waiting for this payer. A caller that has nothing waiting may reserve, no matter how many others
-- reserved in the payer's name: they may be strangers.
local forPayer, unbookedOfPayer = 0, 0
for _, each in ipairs(ofCaller) do
  if get(each, 'payer') == payer then
    forPayer = forPayer + 1
    if get(each, 'day') == day then unbookedOfPayer = unbookedOfPayer + (tonumber(get(each, 'bookedLovelace')) or 0) end
  end
end
if forPayer > 0 and redis.call('ZCARD', waiting('payer', payer)) >= tonumber(maxConcurrent) then
  return { 'too-many', 'payer', maxConcurrent }
end
local limits = { payer = tonumber(perPayer), key = tonumber(perKey), day = tonumber(perDay) }
local broken = brokenLimit(day, caller, payer, cost, limits, unbookedOfPayer)
if broken then return { 'limit-reached', broken } end

local output
repeat
  output = redis.call('ZPOPMIN', free)[1]
until not output or not isHeld(output)
if not output then return { 'pool-empty', redis.call('ZRANGE', open, 0, 0, 'WITHSCORES')[2] } end

redis.call('HSET', taken, output, id)
set(id, 'schemaVersion', 1, 'network', network, 'id', id, 'state', 'reserved', 'caller', caller, 'payer', payer,
  'input', output, 'lovelace', redis.call('HGET', known, output), 'changeAddress', changeAddress,
  'maxFeeLovelace', maxFee, 'minAdaLovelace', minAda, 'day', day, 'bookedLovelace', 0,
  'reservedAtMs', int(nowMs), 'expiresAtMs', expiresAtMs)
book(id, cost)
count('reservedCount', 1)
count('reservedLovelace', cost)
wait(id)
return { 'reserved', snapshot(id) }
`,
} as const;
