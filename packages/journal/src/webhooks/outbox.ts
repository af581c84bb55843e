import { WEBHOOKS_PREFIX } from './keys.js';

/** Fields of a record that no event needs: `/status` does not say them, and a record is readable without them. */
const LEFT_OUT = ['resource', 'success', 'redeemedBecause', 'traceparent'];

/**
 * The lanes of endpoints, for every script that changes them. A lane holds the events of one settlement: only its first one
 * is ever sent, so they arrive in order, and no lane waits for another.
 */
export const LANES = `
local function webhookKey(name, id) return '${WEBHOOKS_PREFIX}:' .. name .. ':' .. id end
local function laneKey(id, lane) return webhookKey('lane', id) .. ':' .. lane end

-- When its endpoint is to be looked at: with its first lane, but not before it asked to be left alone, and never while it is stopped.
local function reschedule(id)
  local due = '${WEBHOOKS_PREFIX}:due'
  local first = redis.call('ZRANGE', webhookKey('lanes', id), 0, 0, 'WITHSCORES')
  local stopped, notBefore = unpack(redis.call('HMGET', webhookKey('endpoint', id), 'stoppedAtMs', 'notBeforeMs'))
  if stopped or not first[2] then return redis.call('ZREM', due, id) end
  redis.call('ZADD', due, math.max(tonumber(first[2]), tonumber(notBefore or '') or 0), id)
end

-- Puts an event behind those of its lane: 'added', 'there' where it waits already, or 'full', which is counted.
local function push(id, lane, event, eventId, atMs, limit)
  local events, lanes = webhookKey('events', id), webhookKey('lanes', id)
  if redis.call('ZSCORE', events, eventId) then return 'there' end
  if redis.call('ZCARD', events) >= limit then
    redis.call('HINCRBY', webhookKey('endpoint', id), 'dropped', 1)
    return 'full'
  end
  redis.call('ZADD', events, atMs, eventId)
  redis.call('ZADD', lanes, 'NX', atMs, lane)
  redis.call('RPUSH', laneKey(id, lane), event)
  reschedule(id)
  return 'added'
end
`;

/**
 * Writes a settlement's event into the outbox of its key's endpoint, in the write that it is about: so none is lost with a
 * worker. The id of an event is made of what it tells, so that a replay of it has the same.
 *
 * Settling waits for none of this: what is damaged here stays as it is.
 *
 * Needs what `PRELUDE` defines. `announce` returns what became of the event: as `push`, or 'no-endpoint' or 'stopped'.
 */
export const OUTBOX = `${LANES}
local LEFT_OUT = {${LEFT_OUT.map((name) => `${name}=true`).join(',')}}

local function announce(what, atMs)
  local id = redis.call('HGET', '${WEBHOOKS_PREFIX}:keys', field('keyName'))
  if not id then return 'no-endpoint' end
  if redis.call('HEXISTS', webhookKey('endpoint', id), 'stoppedAtMs') == 1 then return 'stopped' end
  local kept = {}
  for _, name in ipairs(FIELDS) do
    if field(name) and not LEFT_OUT[name] then kept[name] = field(name) end
  end
  local named = 'settlement.' .. what
  local lane = network .. ' ' .. transaction
  local eventId = 'evt_' .. string.sub(redis.sha1hex(lane .. ' ' .. named .. ' ' .. atMs), 1, 32)
  local event = cjson.encode({ id = eventId, type = named, atMs = atMs, queuedAtMs = int(nowMs), network = network,
    txHash = transaction, record = kept })
  return push(id, lane, event, eventId, nowMs, webhookLimit)
end

-- After a change from one state to another; 'final' is the end of a confirmation's stability window.
local function announceChange(from, to)
  if webhookLimit == 0 or from == to or not field('keyName') then return end
  if to == 'final' then return pcall(announce, to, field('finalAtMs')) end
  if to == 'confirmed' or FINAL[to] then return pcall(announce, to, field('settledAtMs')) end
  if from == 'confirmed' then return pcall(announce, 'rolled_back', int(nowMs)) end
end
`;
