import { WEBHOOK_KEYS, WEBHOOKS_PREFIX } from './keys.js';
import { LANES } from './outbox.js';

/** Events of one endpoint that were given up and are kept for a replay; the earliest go first. */
export const MAX_DEAD = 1_000;

const KEYS_OF_NAMES = `'${WEBHOOK_KEYS.keys}'`;
const FORGET_AT_ONCE = 100;

/**
 * Sets the URL of a key's endpoint. One that is there keeps its secret and its events; it is no longer stopped, and all that
 * waits for it is due at once.
 *
 * Arguments: key name, URL, nowMs, id and salt of a new one, how many endpoints there may be.
 * Returns: 'created', 'changed' or 'full'.
 */
export const setScript = {
  name: 'x402WebhooksSet',
  lua: `${LANES}
local key, url, nowMs, newId, salt, most = unpack(ARGV)
local id = redis.call('HGET', ${KEYS_OF_NAMES}, key)
if id then
  redis.call('HSET', webhookKey('endpoint', id), 'url', url)
  redis.call('HDEL', webhookKey('endpoint', id), 'stoppedAtMs', 'stoppedBecause', 'notBeforeMs')
  for _, lane in ipairs(redis.call('ZRANGE', webhookKey('lanes', id), 0, -1)) do
    redis.call('ZADD', webhookKey('lanes', id), nowMs, lane)
  end
  reschedule(id)
  return 'changed'
end
if redis.call('HLEN', ${KEYS_OF_NAMES}) >= tonumber(most) then return 'full' end
redis.call('HSET', ${KEYS_OF_NAMES}, key, newId)
redis.call('HSET', webhookKey('endpoint', newId), 'key', key, 'url', url, 'salt', salt, 'createdAtMs', nowMs)
return 'created'
`,
} as const;

/**
 * Gives an endpoint a new secret; the one before counts until a time.
 *
 * Arguments: key name, salt, until when the last one counts.
 * Returns: 1, or 0 without an endpoint.
 */
export const rotateScript = {
  name: 'x402WebhooksRotate',
  lua: `${LANES}
local id = redis.call('HGET', ${KEYS_OF_NAMES}, ARGV[1])
if not id then return 0 end
local endpoint = webhookKey('endpoint', id)
redis.call('HSET', endpoint, 'previousSalt', redis.call('HGET', endpoint, 'salt'), 'previousUntilMs', ARGV[3])
redis.call('HSET', endpoint, 'salt', ARGV[2])
return 1
`,
} as const;

/**
 * Forgets an endpoint with all of its events.
 *
 * Arguments: key name.
 * Returns: how many events waited, or -1 without an endpoint.
 */
export const removeScript = {
  name: 'x402WebhooksRemove',
  lua: `${LANES}
local id = redis.call('HGET', ${KEYS_OF_NAMES}, ARGV[1])
if not id then return -1 end
local waiting = redis.call('ZCARD', webhookKey('events', id))
for _, lane in ipairs(redis.call('ZRANGE', webhookKey('lanes', id), 0, -1)) do redis.call('DEL', laneKey(id, lane)) end
for _, name in ipairs({ 'lanes', 'events', 'tries', 'dead', 'dead-events', 'endpoint' }) do
  redis.call('DEL', webhookKey(name, id))
end
redis.call('ZREM', '${WEBHOOK_KEYS.due}', id)
redis.call('HDEL', ${KEYS_OF_NAMES}, ARGV[1])
return waiting
`,
} as const;

/**
 * Puts a test event into a lane of its own.
 *
 * Arguments: key name, event, its id, nowMs, how many events may wait.
 * Returns: as `push`, or 'no-endpoint' or 'stopped'.
 */
export const testScript = {
  name: 'x402WebhooksTest',
  lua: `${LANES}
local key, event, eventId, nowMs, limit = unpack(ARGV)
local id = redis.call('HGET', ${KEYS_OF_NAMES}, key)
if not id then return 'no-endpoint' end
if redis.call('HEXISTS', webhookKey('endpoint', id), 'stoppedAtMs') == 1 then return 'stopped' end
return push(id, 'test ' .. eventId, event, eventId, nowMs, tonumber(limit))
`,
} as const;

/**
 * The lanes of an endpoint that are due, each with its first event and what became of it so far. Lanes without events, which
 * only damage makes, are forgotten.
 *
 * Arguments: endpoint id, nowMs, how many at most.
 * Returns: per lane its name, event and tries or false.
 */
export const takeScript = {
  name: 'x402WebhooksTake',
  lua: `${LANES}
local id, nowMs, most = unpack(ARGV)
local stopped, notBefore = unpack(redis.call('HMGET', webhookKey('endpoint', id), 'stoppedAtMs', 'notBeforeMs'))
if stopped or (tonumber(notBefore or '') or 0) > tonumber(nowMs) then
  reschedule(id)
  return {}
end
local found = {}
for _, lane in ipairs(redis.call('ZRANGEBYSCORE', webhookKey('lanes', id), '-inf', nowMs, 'LIMIT', 0, most)) do
  local event = redis.call('LINDEX', laneKey(id, lane), 0)
  if event then
    found[#found + 1] = { lane, event, redis.call('HGET', webhookKey('tries', id), lane) }
  else
    redis.call('ZREM', webhookKey('lanes', id), lane)
  end
end
reschedule(id)
return found
`,
} as const;

/**
 * Records what became of an attempt, if the event is still the first one of its lane: another worker may have sent it too.
 *
 * - 'delivered', 'forgotten': it leaves its lane.
 * - 'dead': it leaves its lane, and is kept for a replay.
 * - 'failed': it is tried again at a time; `notBeforeMs` holds the whole endpoint back.
 * - 'stopped': nothing is sent to the endpoint any more; its events wait.
 *
 * Arguments: endpoint id, lane, event id, outcome, nowMs, nextAtMs or '', tries as JSON or '', notBeforeMs or '', problem or ''.
 * Returns: the next event of the lane, or false.
 */
export const recordScript = {
  name: 'x402WebhooksRecord',
  lua: `${LANES}
local id, lane, eventId, outcome, nowMs, nextAtMs, tries, notBeforeMs, problem = unpack(ARGV)
local endpoint = webhookKey('endpoint', id)
if redis.call('EXISTS', endpoint) == 0 then return false end
if string.sub(lane, 1, 5) == 'test ' then
  redis.call('HSET', endpoint, 'lastTest', cjson.encode({ id = eventId, outcome = outcome, problem = problem }))
end
if outcome == 'delivered' then redis.call('HSET', endpoint, 'deliveredAtMs', nowMs)
else redis.call('HSET', endpoint, 'failedAtMs', nowMs, 'problem', problem) end

local first = redis.call('LINDEX', laneKey(id, lane), 0)
local isReadable, event = pcall(cjson.decode, first or '')
if first and ((isReadable and event.id or '') == eventId) then
  if outcome == 'failed' or outcome == 'stopped' then
    redis.call('HSET', webhookKey('tries', id), lane, tries)
    redis.call('ZADD', webhookKey('lanes', id), nextAtMs, lane)
    first = false
  else
    redis.call('LPOP', laneKey(id, lane))
    redis.call('ZREM', webhookKey('events', id), eventId)
    redis.call('HDEL', webhookKey('tries', id), lane)
    if outcome == 'dead' then
      local dead, kept = webhookKey('dead', id), webhookKey('dead-events', id)
      redis.call('ZADD', dead, nowMs, eventId)
      redis.call('HSET', kept, eventId, first)
      local excess = redis.call('ZCARD', dead) - ${MAX_DEAD}
      if excess > 0 then
        for _, old in ipairs(redis.call('ZPOPMIN', dead, math.min(excess, ${FORGET_AT_ONCE}))) do
          redis.call('HDEL', kept, old)
        end
      end
    end
    first = redis.call('LINDEX', laneKey(id, lane), 0)
    if first then redis.call('ZADD', webhookKey('lanes', id), nowMs, lane)
    else
      redis.call('ZREM', webhookKey('lanes', id), lane)
      -- An event that could not be read had no name to take away.
      if redis.call('ZCARD', webhookKey('lanes', id)) == 0 then redis.call('DEL', webhookKey('events', id)) end
    end
  end
else
  first = false
end
if outcome == 'stopped' then redis.call('HSET', endpoint, 'stoppedAtMs', nowMs, 'stoppedBecause', problem) end
if notBeforeMs ~= '' then redis.call('HSET', endpoint, 'notBeforeMs', notBeforeMs) end
reschedule(id)
return first
`,
} as const;

/**
 * Puts the events that were given up back into their lanes, the earliest first, as far as there is room.
 *
 * Arguments: key name, nowMs, how many events may wait.
 * Returns: how many were put back and how many are left; nothing without an endpoint.
 */
export const reviveScript = {
  name: 'x402WebhooksRevive',
  lua: `${LANES}
local key, nowMs, limit = unpack(ARGV)
local id = redis.call('HGET', ${KEYS_OF_NAMES}, key)
if not id then return {} end
local dead, kept, revived = webhookKey('dead', id), webhookKey('dead-events', id), 0
for _, eventId in ipairs(redis.call('ZRANGE', dead, 0, -1)) do
  local text = redis.call('HGET', kept, eventId)
  local isReadable, event = pcall(cjson.decode, text or '')
  if isReadable then
    if redis.call('ZCARD', webhookKey('events', id)) >= tonumber(limit) then break end
    event.queuedAtMs = nowMs
    push(id, event.network .. ' ' .. event.txHash, cjson.encode(event), eventId, nowMs, tonumber(limit))
    revived = revived + 1
  end
  redis.call('ZREM', dead, eventId)
  redis.call('HDEL', kept, eventId)
end
return { revived, redis.call('ZCARD', dead) }
`,
} as const;

/**
 * What waits for all endpoints. Reads only.
 *
 * Returns: endpoints, of them stopped, events that wait, when the oldest of them was put there or '', given up, dropped, when
 * the first endpoint was due or ''. What waits for a stopped endpoint is not counted as waiting.
 */
export const backlogScript = {
  name: 'x402WebhooksBacklog',
  lua: `${LANES}
local endpoints, stopped, waiting, oldest, dead, dropped = 0, 0, 0, '', 0, 0
for _, id in ipairs(redis.call('HVALS', ${KEYS_OF_NAMES})) do
  endpoints = endpoints + 1
  local isStopped, lost = unpack(redis.call('HMGET', webhookKey('endpoint', id), 'stoppedAtMs', 'dropped'))
  dead = dead + redis.call('ZCARD', webhookKey('dead', id))
  dropped = dropped + (tonumber(lost or '') or 0)
  if isStopped then
    stopped = stopped + 1
  else
    local first = redis.call('ZRANGE', webhookKey('events', id), 0, 0, 'WITHSCORES')[2]
    waiting = waiting + redis.call('ZCARD', webhookKey('events', id))
    if first and (oldest == '' or tonumber(first) < tonumber(oldest)) then oldest = first end
  end
end
local due = redis.call('ZRANGE', '${WEBHOOKS_PREFIX}:due', 0, 0, 'WITHSCORES')[2] or ''
return { endpoints, stopped, waiting, oldest, dead, dropped, due }
`,
} as const;
