import { PRELUDE } from './prelude.js';
import { TOTALS } from './totals.js';

/**
 * Guarantees: all or nothing, one settlement per transaction id, one transaction per input, one transaction per Masumi
 * terms, and nothing new once the pause is written. An existing record is never changed, readable or not. A claim appears together with
 * its indexes and is counted, so that the sweeper finds it even if its job is never enqueued.
 *
 * Keys beyond the shared ones: pause, terms (or the record again when there are none), then a hold per input.
 * Arguments: binding, heldUntilMs, termsDigest or '', lookAgainAtMs, signedTransaction, then the record's pairs.
 * Returns: outcome, record, detail, other transaction.
 */
export const claimScript = {
  name: 'x402JournalClaim',
  lua: `${PRELUDE}${TOTALS}
local binding, heldUntilMs, termsDigest, lookAgainAtMs, signedTransaction = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 4)
local pauseKey, termsKey = KEYS[8], KEYS[9]
local FIRST_HOLD = 10

if condition() == 'unreadable' then return unreadable() end
local bound = field('binding')
if bound then return { bound == binding and 'joined' or 'bound-elsewhere', snapshot() } end
-- Any value closes, one of another type too: its error is a table.
local pause = redis.pcall('GET', pauseKey)
if type(pause) == 'table' then return { 'paused', false, '' } end
if pause then return { 'paused', false, pause } end

if termsDigest ~= '' then
  local boundTo = redis.call('GET', termsKey)
  if boundTo and boundTo ~= transaction then return { 'terms-bound', false, '', boundTo } end
end
for i = FIRST_HOLD, #KEYS do
  local holder = redis.call('GET', KEYS[i])
  if holder and holder ~= transaction then
    return { 'input-reserved', false, string.sub(KEYS[i], #prefix + #':hold:' + 1), holder }
  end
end

for i = FIRST_HOLD, #KEYS do redis.call('SET', KEYS[i], transaction, 'PXAT', heldUntilMs) end
if termsDigest ~= '' then redis.call('SET', termsKey, transaction) end
set('signedTransaction', signedTransaction)
setPairs(FIRST_ARGUMENT + 5)
set('revision', 0)
countAccepted()
return { 'claimed', commit(tonumber(lookAgainAtMs)) }
`,
} as const;
