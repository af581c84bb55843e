import { DISCOVERY } from '../../discovery/script.js';
import { OUTBOX } from '../../webhooks/outbox.js';
import { TRANSITIONS } from '../states.js';
import { PRELUDE } from './prelude.js';
import { TOTALS } from './totals.js';

const permitted = TRANSITIONS.map(({ from, to }) => `['${from}>${to}']=true`).join(',');

/**
 * Guarantees: only a change that the table of states permits, from one of the expected states, by the running attempt
 * and under the newest follower's lease where the caller names them; never out of a terminal record. Fields that the
 * new state makes untrue are cleared, and its times are stamped. The revision that first ends it is noted once, for
 * good, and so is the earliest slot of its blocks. The totals agree with the records. A record that this version cannot
 * read stays as it is. A receipt is removed together with its block. What the
 * payment declares is listed with its success. The webhook of its key is told.
 *
 * Arguments: from states separated by commas, to, attempt or '', lease fence or '', lookAgainAtMs, then pairs to write.
 * Returns: outcome, record, previous state.
 */
export const transitionScript = {
  name: 'x402JournalTransition',
  lua: `${PRELUDE}${TOTALS}${DISCOVERY}${OUTBOX}
local PERMITTED = {${permitted}}
local expected, to, attempt, lease, lookAgainAtMs = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 4)

local found = condition()
if found == 'none' then return { 'not-found' } end
if found == 'unreadable' then return unreadable() end
local from = field('state')
local isExpected = string.find(',' .. expected .. ',', ',' .. from .. ',', 1, true)
if field('finalAtMs')
  or not isExpected
  or not PERMITTED[from .. '>' .. to]
  or (attempt ~= '' and attempt ~= field('attempts'))
  or (lease ~= '' and lease ~= redis.call('GET', leaseFence))
then return { 'refused', snapshot() } end

-- A success may have been handed out for a block that is gone: how old the oldest one was is never forgotten.
local function noteBlock()
  local slot, earliest = number('blockSlot'), number('earliestBlockSlot')
  if slot and slot < (earliest or math.huge) then set('earliestBlockSlot', int(slot)) end
end

local blockBefore = field('blockHash')
noteBlock()
if to == 'submitted' and (from == 'included' or from == 'confirmed') then
  clear('blockHash', 'blockHeight', 'blockSlot', 'confirmations', 'includedAtMs', 'settledAtMs')
end
set('state', to)
setPairs(FIRST_ARGUMENT + 5)
noteBlock()
if blockBefore and blockBefore ~= field('blockHash') then clear('receipt') end

if to == 'submitting' then increment('attempts') end
if to == 'submitted' then stamp('submittedAtMs', int(nowMs)) end
if field('blockHash') then stamp('includedAtMs', int(nowMs)) end
if to == 'confirmed' then stamp('settledAtMs', int(nowMs)) end
if FINAL[to] then
  stamp('settledAtMs', int(nowMs))
  finalize()
end
if to == 'confirmed' or FINAL[to] then
  stamp('firstSettledRevision', int(number('revision') + 1))
end
countOutcome(to)
if to ~= from then discover(to) end
local now = commit(tonumber(lookAgainAtMs))
announceChange(from, to)
return { 'changed', now, from }
`,
} as const;
