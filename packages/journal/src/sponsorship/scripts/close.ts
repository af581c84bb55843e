import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a sponsorship ends once, in one way, and the books and the pool agree. A spent one has used up what it
 * booked. A released one gives its output back. The output of a spent or lost one is never lent again, even if a
 * lagging provider still shows it.
 *
 * Arguments: id, transaction, outcome (spent, released or lost).
 * Returns: outcome, detail (the sponsorship's pairs, or its state).
 */
export const closeScript = {
  name: 'x402SponsorshipClose',
  lua: `${PRELUDE}
local id, transaction, as = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 2)
local fault = faultOf(id)
if fault then return { 'unreadable', fault } end
local state = get(id, 'state')
if not state or get(id, 'transaction') ~= transaction then return { 'refused', state } end
if state == as then return { 'closed', snapshot(id) } end
if not (state == 'signed' or (state == 'bound' and as ~= 'spent')) then return { 'refused', state } end

local output = get(id, 'input')
if as == 'spent' then
  -- Spent amounts stay on their day's books; only the outstanding sum shrinks.
  count('outstandingLovelace', -tonumber(get(id, 'bookedLovelace')))
  count('spentFeeLovelace', get(id, 'feeLovelace'))
  count('spentLentLovelace', get(id, 'lentLovelace'))
else
  returnBooking(id, 0)
end
count(as .. 'Count', 1)
if as == 'released' then giveBack(output) else retire(output) end
close(id, as, retentionMs)
return { 'closed', snapshot(id) }
`,
} as const;
