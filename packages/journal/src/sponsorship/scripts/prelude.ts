import { SPONSORSHIP_STATES } from '../sponsorship.js';

/** The keys that every script of the pool gets first, in this order. */
export const POOL_SCRIPT_KEYS = [
  'pool',
  'known',
  'free',
  'taken',
  'retired',
  'open',
  'bound',
  'books',
] as const;

/** The arguments that every script of the pool gets first, in this order. */
export const POOL_SCRIPT_ARGUMENTS = [
  'prefix',
  'journalPrefix',
  'nowMs',
  'retentionMs',
  'unusedRetentionMs',
] as const;

/** What every record has, whatever its state. */
const REQUIRED_TEXTS = ['network', 'caller', 'payer', 'input', 'changeAddress', 'day'];
const REQUIRED_NUMBERS = ['lovelace', 'maxFeeLovelace', 'minAdaLovelace', 'bookedLovelace', 'expiresAtMs'];

/** How long a reservation that ran out and cannot be read is left alone before it is tried again. Milliseconds. */
const REST_MS = 60_000;

/** So many reservations that ran out are swept at a time: every other command waits meanwhile. */
const SWEEP_LIMIT = 200;

/** Longer than providers lag, and longer than daily books are read. Milliseconds. */
const RETIRED_FOR_MS = 3_600_000;
const DAY_KEPT_FOR_MS = 3 * 86_400_000;

/**
 * What every script of the pool shares. They guarantee together: an output is free, claimed by one sponsorship, or
 * neither, never two of them; and `reserved = returned + spent + outstanding` in the books; a day's bookings are the
 * part that began on that day.
 *
 * The names of single sponsorships, days, callers and holds are built here: they carry the hash tag of the declared keys.
 */
export const PRELUDE = `
local pool, known, free, taken, retired, open, bound, books = unpack(KEYS, 1, ${POOL_SCRIPT_KEYS.length})
local prefix, journalPrefix = ARGV[1], ARGV[2]
local nowMs, retentionMs, unusedRetentionMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local STATES = {${SPONSORSHIP_STATES.map((state) => `${state}=true`).join(',')}}
local TEXTS = {${REQUIRED_TEXTS.map((name) => `'${name}'`).join(',')}}
local NUMBERS = {${REQUIRED_NUMBERS.map((name) => `'${name}'`).join(',')}}
local FIRST_KEY, FIRST_ARGUMENT = ${POOL_SCRIPT_KEYS.length} + 1, ${POOL_SCRIPT_ARGUMENTS.length} + 1

-- Formats a number. Lua would write a millisecond time as 1.7e+12, and minus zero as -0.
local function int(value) return string.format('%.0f', value + 0) end

local function reservation(id) return prefix .. ':reservation:' .. id end
local function dayKey(day) return prefix .. ':day:' .. day end
local function waiting(kind, name) return prefix .. ':waiting:' .. kind .. ':' .. name end

-- False where there is none, in a key of another type too.
local function get(id, name)
  local value = redis.pcall('HGET', reservation(id), name)
  return type(value) == 'string' and value
end
local function set(id, ...) redis.call('HSET', reservation(id), ...) end
local function snapshot(id) return redis.call('HGETALL', reservation(id)) end
local function count(name, amount) redis.call('HINCRBY', books, name, int(amount)) end

-- The limits that a sponsorship counts against: their names and their fields in a day's hash.
local function buckets(caller, payer)
  return { { 'day', 'total' }, { 'key', 'key:' .. caller }, { 'payer', 'payer:' .. payer } }
end

local function isNumber(value) return value and #value < 17 and string.find(value, '^%-?%d+$') ~= nil end

-- Why nothing can be counted in the books or against a day's limits; nil when it can. A script that stopped in the
-- middle of its counting would leave them wrong.
local function booksFault(day, caller, payer)
  local values = redis.pcall('HVALS', books)
  if values.err then return 'the books of sponsorships are of another type than expected' end
  for _, bucket in ipairs(buckets(caller, payer)) do
    local booked = redis.pcall('HGET', dayKey(day), bucket[2])
    if booked then table.insert(values, booked) end
  end
  for _, value in ipairs(values) do
    if type(value) ~= 'string' or not isNumber(value) then return 'the books of sponsorships cannot be read' end
  end
end

-- Why a sponsorship is left as it is: this version cannot read it, or its books. Nil when it can, or when there is none.
local function faultOf(id)
  local kind = redis.call('TYPE', reservation(id)).ok
  if kind == 'none' then return nil end
  if kind ~= 'hash' then return 'expected a hash, found a key of another type' end
  local version, state = get(id, 'schemaVersion'), get(id, 'state')
  if version ~= '1' then return 'expected schemaVersion 1, found ' .. (version or 'none') end
  if not STATES[state] then return 'state: unknown' end
  if get(id, 'id') ~= id then return 'id: expected its own, found another' end
  for _, name in ipairs(TEXTS) do
    if not get(id, name) then return name .. ': missing' end
  end
  for _, name in ipairs(NUMBERS) do
    if not isNumber(get(id, name)) then return name .. ': expected a number' end
  end
  if state == 'signed' and not (isNumber(get(id, 'feeLovelace')) and isNumber(get(id, 'lentLovelace'))) then
    return 'feeLovelace, lentLovelace: expected numbers'
  end
  return booksFault(get(id, 'day'), get(id, 'caller'), get(id, 'payer'))
end

-- Returns the first limit that a day's bookings would break if they grew by amount; so much of the payer's is not
-- booked yet.
local function brokenLimit(day, caller, payer, amount, limits, unbookedOfPayer)
  for _, bucket in ipairs(buckets(caller, payer)) do
    local booked = tonumber(redis.call('HGET', dayKey(day), bucket[2]) or '0')
    if bucket[1] == 'payer' then booked = booked + unbookedOfPayer end
    if booked + amount > limits[bucket[1]] then return bucket[1] end
  end
  return nil
end

-- Anyone can reserve in a payer's name. Only a bound transaction, which the payer signed, proves that it was the payer.
-- Until then nothing counts against the payer's own limit.
local function bookOnPayer(id, delta)
  redis.call('HINCRBY', dayKey(get(id, 'day')), 'payer:' .. get(id, 'payer'), int(delta))
end

-- Sets how much of its day's limits a sponsorship uses.
local function book(id, amount)
  local day = get(id, 'day')
  local delta = amount - tonumber(get(id, 'bookedLovelace'))
  redis.call('HINCRBY', dayKey(day), 'total', int(delta))
  redis.call('HINCRBY', dayKey(day), 'key:' .. get(id, 'caller'), int(delta))
  if get(id, 'transaction') then bookOnPayer(id, delta) end
  redis.call('PEXPIRE', dayKey(day), ${DAY_KEPT_FOR_MS})
  count('outstandingLovelace', delta)
  set(id, 'bookedLovelace', int(amount))
  return delta
end

-- Reverses the part of a booking that was not used.
local function returnBooking(id, amount) count('returnedLovelace', -book(id, amount)) end

local function isHeld(output) return redis.call('EXISTS', journalPrefix .. ':hold:' .. output) == 1 end

local function giveBack(output)
  redis.call('HDEL', taken, output)
  if redis.call('HEXISTS', known, output) == 1 and not isHeld(output) then
    redis.call('ZADD', free, int(nowMs), output)
  end
end

local function retire(output)
  redis.call('HDEL', taken, output)
  redis.call('HDEL', known, output)
  redis.call('ZADD', retired, int(nowMs + ${RETIRED_FOR_MS}), output)
end

-- Adds a reservation to those that wait for their payer.
local function wait(id)
  local expiresAtMs = get(id, 'expiresAtMs')
  redis.call('ZADD', open, expiresAtMs, id)
  for _, by in ipairs({ 'caller', 'payer' }) do
    local key = waiting(by, get(id, by))
    redis.call('ZADD', key, expiresAtMs, id)
    redis.call('PEXPIRE', key, int(math.max(tonumber(expiresAtMs) - nowMs, 0) + unusedRetentionMs))
  end
end

local function stopWaiting(id)
  redis.call('ZREM', open, id)
  redis.call('ZREM', waiting('caller', get(id, 'caller')), id)
  redis.call('ZREM', waiting('payer', get(id, 'payer')), id)
end

local function close(id, state, keptForMs)
  stopWaiting(id)
  redis.call('ZREM', bound, id)
  set(id, 'state', state, 'closedAtMs', int(nowMs))
  redis.call('PEXPIRE', reservation(id), int(keptForMs))
end

-- Ends the reservations that ran out unused. Returns those that it leaves as they are, and why, in turn.
local function sweep()
  local setAside = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', open, '-inf', int(nowMs), 'LIMIT', 0, ${SWEEP_LIMIT})) do
    local fault = faultOf(id) or (not get(id, 'state') and 'the record is gone')
    if fault then
      redis.call('ZADD', open, int(nowMs + ${REST_MS}), id)
      table.insert(setAside, id)
      table.insert(setAside, fault)
    else
      returnBooking(id, 0)
      count('expiredCount', 1)
      giveBack(get(id, 'input'))
      close(id, 'expired', unusedRetentionMs)
    end
  end
  return setAside
end
`;
