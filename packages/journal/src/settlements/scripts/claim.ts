import { NAMES } from './names.js';
import { PRELUDE } from './prelude.js';
import { RECENT_MS } from './recent.js';
import { TOTALS } from './totals.js';

/**
 * Guarantees: all or nothing, one settlement per transaction id, one transaction per input, one transaction per Masumi
 * terms, one payment per name of a call, nothing new once the pause is written, or while more than the archive may be behind
 * waits for it, and nothing beyond the quotas of a key. An existing record is never changed, readable or not. A claim appears
 * together with its indexes and is counted, so that the sweeper finds it even if its job is never enqueued. The names of a
 * call stand for its payment only if it is accepted.
 *
 * Keys beyond the shared ones: pause, terms (or the record again when there are none), a hold per input, then the call's
 * names.
 * Arguments: binding, heldUntilMs, termsDigest or '', lookAgainAtMs, how many inputs, until when names are kept,
 * signedTransaction, then the record's pairs.
 * Returns: outcome, record, detail, other transaction; of a quota what `keyRefusals` reads.
 */
export const claimScript = {
  name: 'x402JournalClaim',
  lua: `${PRELUDE}${TOTALS}${NAMES}
local binding, heldUntilMs, termsDigest, lookAgainAtMs, inputCount, keptUntilMs, signedTransaction =
  unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 6)
local pauseKey, termsKey = KEYS[8], KEYS[9]
local FIRST_HOLD, LAST_HOLD = 10, 9 + tonumber(inputCount)
local payment = network .. ' ' .. transaction .. ' ' .. binding

if condition() == 'unreadable' then return unreadable() end
local bound = field('binding')
if bound and bound ~= binding then return { 'bound-elsewhere', snapshot() } end
local taken = takenName(LAST_HOLD + 1, #KEYS, payment)
if taken then return { 'name-taken', false, taken } end
if bound then
  keepNames(LAST_HOLD + 1, #KEYS, payment, keptUntilMs)
  return { 'joined', snapshot() }
end
-- Any value closes, one of another type too: its error is a table.
local pause = redis.pcall('GET', pauseKey)
if type(pause) == 'table' then return { 'paused', false, '' } end
if pause then return { 'paused', false, pause } end
if archiveMaxBacklog and redis.call('ZCOUNT', archiveDue, '-inf', int(nowMs)) >= archiveMaxBacklog then
  return { 'archive-behind' }
end

if termsDigest ~= '' then
  local boundTo = redis.call('GET', termsKey)
  if boundTo and boundTo ~= transaction then return { 'terms-bound', false, '', boundTo } end
end
for i = FIRST_HOLD, LAST_HOLD do
  local holder = redis.call('GET', KEYS[i])
  if holder and holder ~= transaction then
    return { 'input-reserved', false, string.sub(KEYS[i], #prefix + #':hold:' + 1), holder }
  end
end
local refused = refusedByKey(FIRST_ARGUMENT + 7)
if refused then return refused end

for i = FIRST_HOLD, LAST_HOLD do redis.call('SET', KEYS[i], transaction, 'PXAT', heldUntilMs) end
keepNames(LAST_HOLD + 1, #KEYS, payment, keptUntilMs)
if termsDigest ~= '' then redis.call('SET', termsKey, transaction) end
set('signedTransaction', signedTransaction)
setPairs(FIRST_ARGUMENT + 7)
set('revision', 0)
countAccepted()
redis.call('ZADD', prefix .. ':recent', int(nowMs), transaction)
redis.call('ZREMRANGEBYSCORE', prefix .. ':recent', '-inf', int(nowMs - ${RECENT_MS}))
return { 'claimed', commit(tonumber(lookAgainAtMs)) }
`,
} as const;
