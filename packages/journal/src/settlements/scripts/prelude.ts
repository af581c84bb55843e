import { SCHEMA_VERSION } from '../record.js';
import { NO_TTL, RECORD_FIELDS, RECORD_LAYOUT } from '../record-fields.js';
import { SETTLEMENT_KINDS } from '../settlement.js';
import { AWAITING_STATES, FINAL_STATES, PENDING_STATES, SETTLEMENT_STATES } from '../states.js';
import { ARCHIVE } from './archive.js';

/** The keys that every script on a settlement gets first, in this order. */
export const RECORD_SCRIPT_KEYS = [
  'record',
  'pending',
  'awaiting',
  'included',
  'watched',
  'due',
  'leaseFence',
] as const;

/** The arguments that every script on a settlement gets first, in this order. */
export const RECORD_SCRIPT_ARGUMENTS = [
  'transaction',
  'network',
  'prefix',
  'channel',
  'nowMs',
  'stabilityMs',
  'retentionMs',
  'webhookLimit',
  'archiveMaxBacklog',
] as const;

/** The fields that a record has in every state; of those, the numbers. */
const REQUIRED_TEXTS = [
  'network',
  'transaction',
  'binding',
  'payer',
  'payTo',
  'asset',
  'method',
  'hasScripts',
];
const REQUIRED_NUMBERS = [
  'revision',
  'attempts',
  'amount',
  'requiredConfirmations',
  'ttl',
  'expiresAtMs',
  'queuedAtMs',
];

const luaList = (values: readonly string[]) => `{${values.map((value) => `'${value}'`).join(',')}}`;
const luaSet = (names: readonly string[]) => `{${names.map((name) => `${name}=true`).join(',')}}`;

/**
 * What every script on a settlement shares. A script that writes a record ends with `commit`, and so guarantees: the
 * revision grows by one, the indexes say what the record says, a terminal record gets its expiry, and the event is
 * published in the same call.
 *
 * The names of held inputs, and of what waits for a receipt, are built here rather than declared as keys: they carry the
 * same hash tag as the declared ones, so they live on the same node of a cluster.
 */
export const PRELUDE = `
local FIELDS = ${luaList(RECORD_FIELDS)}
local REQUIRED = ${luaList([...REQUIRED_NUMBERS, ...REQUIRED_TEXTS])}
local KINDS = ${luaSet(SETTLEMENT_KINDS)}
local STATES = ${luaSet(SETTLEMENT_STATES)}
local PENDING = ${luaSet(PENDING_STATES)}
local AWAITING = ${luaSet(AWAITING_STATES)}
local FINAL = ${luaSet(FINAL_STATES)}
local record, pending, awaiting, included, watched, due, leaseFence = unpack(KEYS, 1, ${RECORD_SCRIPT_KEYS.length})
local transaction, network, prefix, channel = unpack(ARGV, 1, 4)
local nowMs, stabilityMs, retentionMs = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local webhookLimit = tonumber(ARGV[8])
-- nil without an archive.
local archiveMaxBacklog = tonumber(ARGV[9])
local archiveDue = prefix .. ':archive-due'
local FIRST_ARGUMENT = ${RECORD_SCRIPT_ARGUMENTS.length} + 1

-- Formats a number. Lua would write a millisecond time as 1.7e+12.
local function int(value) return string.format('%.0f', value) end

-- What is known of the record by now; false for a field that it does not have. All of FIELDS are read at once, by condition().
local values = {}

local function field(name)
  if values[name] == nil then values[name] = redis.call('HGET', record, name) end
  return values[name]
end

local function number(name)
  local value = field(name)
  return value and tonumber(value) or nil
end

local function set(name, value)
  redis.call('HSET', record, name, value)
  values[name] = tostring(value)
end

local function stamp(name, value) if not field(name) then set(name, value) end end

local function increment(name) values[name] = int(redis.call('HINCRBY', record, name, 1)) end

local function clear(...)
  redis.call('HDEL', record, ...)
  for _, name in ipairs({ ... }) do values[name] = false end
end

-- Writes the pairs in ARGV from index first on.
local function setPairs(first)
  if first >= #ARGV then return end
  redis.call('HSET', record, unpack(ARGV, first))
  for index = first, #ARGV, 2 do values[ARGV[index]] = ARGV[index + 1] end
end

-- One text: a reply with an element per field costs its reader several times as much.
local function snapshot()
  local list = {}
  for index, name in ipairs(FIELDS) do list[index] = field(name) end
  return cjson.encode(list)
end

-- 'none' without a record; 'unreadable' for a record of a newer version or a damaged one, which stays as it is.
local function condition()
  local kind = redis.call('TYPE', record).ok
  if kind ~= 'hash' and kind ~= 'none' then return 'unreadable' end
  for index, value in ipairs(redis.call('HMGET', record, unpack(FIELDS))) do values[FIELDS[index]] = value end
  if kind == 'none' then return kind end
  local inputs = field('inputs')
  if field('schemaVersion') ~= '${SCHEMA_VERSION}' or not STATES[field('state')] then return 'unreadable' end
  if not inputs or not pcall(cjson.decode, inputs) then return 'unreadable' end
  local isOther = field('transaction') ~= transaction or field('network') ~= network
  if isOther or not KINDS[field('kind') or 'payment'] then return 'unreadable' end
  for index, name in ipairs(REQUIRED) do
    local value = field(name)
    if not value or (index <= ${REQUIRED_NUMBERS.length} and not tonumber(value)) then return 'unreadable' end
  end
  return 'readable'
end

local function unreadable()
  return { 'unreadable', redis.call('TYPE', record).ok == 'hash' and snapshot() }
end

local function keep(index, score)
  if score then redis.call('ZADD', index, int(score), transaction) else redis.call('ZREM', index, transaction) end
end

local function releaseInputs()
  for _, input in ipairs(cjson.decode(field('inputs'))) do
    local hold = prefix .. ':hold:' .. input
    if redis.call('GET', hold) == transaction then redis.call('DEL', hold) end
  end
end
${ARCHIVE}
-- lookAgainAtMs is nil when no further look is needed.
local function reindex(lookAgainAtMs)
  local state, height, final = field('state'), number('blockHeight'), field('finalAtMs')
  local awaitsBlock = AWAITING[state] or (state == 'confirmed' and not height and not final)
  keep(pending, PENDING[state] and number('queuedAtMs'))
  -- Without a TTL it is never overdue.
  keep(awaiting, awaitsBlock and (field('ttl') == '${NO_TTL}' and math.huge or number('expiresAtMs')))
  keep(included, state == 'included' and height)
  if state == 'confirmed' and not final then
    keep(watched, math.max(number('settledAtMs'), number('includedAtMs') or 0) + stabilityMs)
  else
    keep(watched, nil)
  end
  keep(due, awaitsBlock and lookAgainAtMs)
  if field('kind') == 'claim' then keep(prefix .. ':claims', PENDING[state] and number('queuedAtMs')) end
  local receiptsDue = prefix .. ':receipts-due'
  -- A receipt says who paid whom for what: what moves a channel's money has none.
  local isPayment = (field('kind') or 'payment') == 'payment'
  local lacksReceipt = isPayment and state == 'confirmed' and height and not field('receipt')
  if lacksReceipt then
    keep(receiptsDue, number('settledAtMs'))
    -- If no worker signs receipts, the waiting ones expire with their records.
    redis.call('ZREMRANGEBYSCORE', receiptsDue, '-inf', int(nowMs - retentionMs))
  else
    keep(receiptsDue, nil)
  end
  -- The receipt, too, is among the values by now.
  if archiveMaxBacklog and final and not field('archivedAtMs') then keep(archiveDue, dueAtMs(values)) end
end

-- A terminal record never changes again: it releases its inputs and is kept for its retention only, or until it is archived.
local function finalize()
  set('finalAtMs', int(nowMs))
  releaseInputs()
  if not archiveMaxBacklog then redis.call('PEXPIREAT', record, int(keptUntilMs(values))) end
end

-- Returns the record as it now is. The event carries it too, so that those who wait need not read it. Its transaction comes
-- first: in most processes no caller waits for it, and they look no further.
local function commit(lookAgainAtMs)
  increment('revision')
  reindex(lookAgainAtMs)
  local now = snapshot()
  redis.call('PUBLISH', channel, '{"transaction":"' .. transaction .. '","network":"' .. network .. '","state":"'
    .. field('state') .. '","revision":' .. field('revision') .. ',"layout":"${RECORD_LAYOUT}","record":' .. now .. '}')
  return now
end
`;
