import { PRELUDE } from './prelude.js';

/**
 * Guarantees: only the bound transaction may be signed, at a cost within the reservation and within the limits of the
 * worker that asks. Its cost is booked once and never changes.
 *
 * Arguments: id, transaction, feeLovelace, lentLovelace, then the limits per payer, per key and per day.
 * Returns: outcome, detail (the sponsorship's pairs, its state, what was reserved, or the limit).
 */
export const markSignedScript = {
  name: 'x402SponsorshipMarkSigned',
  lua: `${PRELUDE}
local id, transaction, fee, lent, perPayer, perKey, perDay = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 6)
local cost = tonumber(fee) + tonumber(lent)
local fault = faultOf(id)
if fault then return { 'unreadable', fault } end
local state = get(id, 'state')
if not state or get(id, 'transaction') ~= transaction then return { 'not-bound', state } end

local reserved = tonumber(get(id, 'maxFeeLovelace')) + tonumber(get(id, 'minAdaLovelace'))
if state == 'signed' or state == 'spent' then
  if get(id, 'feeLovelace') == fee and get(id, 'lentLovelace') == lent then return { 'signed', snapshot(id) } end
  return { 'too-dear', int(reserved) }
end
if state ~= 'bound' then return { 'not-bound', state } end
if tonumber(fee) > tonumber(get(id, 'maxFeeLovelace')) or tonumber(lent) > tonumber(get(id, 'minAdaLovelace')) then
  return { 'too-dear', int(reserved) }
end
local limits = { payer = tonumber(perPayer), key = tonumber(perKey), day = tonumber(perDay) }
local growth = cost - tonumber(get(id, 'bookedLovelace'))
local broken = brokenLimit(get(id, 'day'), get(id, 'caller'), get(id, 'payer'), growth, limits, 0)
if broken then return { 'limit-reached', broken } end

returnBooking(id, cost)
count('signedCount', 1)
count('signedLovelace', cost)
set(id, 'state', 'signed', 'feeLovelace', fee, 'lentLovelace', lent, 'signedAtMs', int(nowMs))
return { 'signed', snapshot(id) }
`,
} as const;
