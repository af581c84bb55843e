import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a confirmed success is delivered once. The same caller gets it again under the same idempotency key, or where it
 * resumes and gives the same payment identifier. A settlement that is not confirmed now is never delivered, nor one
 * that only waits for the archive.
 *
 * Arguments: digest of the idempotency key, or ''; digests of the caller and of what it collects as; 'once' or 'resume';
 * a token by which this delivery can be taken back, or ''.
 * Returns: outcome, record.
 */
export const deliverScript = {
  name: 'x402JournalDeliver',
  lua: `${PRELUDE}
local key, caller, collector, redemption, token = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 4)
local found = condition()
if found == 'unreadable' then return unreadable() end
if found == 'none' or field('state') ~= 'confirmed' then return { 'not-confirmed' } end
if field('deliveredAtMs') then
  local by, to = field('deliveryCaller'), field('deliveredTo')
  -- Older versions say neither who collected it nor as what.
  local isSameOperation = key ~= '' and key == field('deliveryKey') and (not by or by == caller)
  local isSameCall = isSameOperation or (redemption == 'resume' and (not to or to == collector))
  -- Two calls have it now: neither may take it back.
  if isSameCall then clear('deliveryToken') end
  return { isSameCall and 'delivered' or 'already-delivered', snapshot() }
end
-- It is let go now, or is archived as it is.
if archiveMaxBacklog and field('finalAtMs') and nowMs >= keptUntilMs(values) then return { 'too-late', snapshot() } end
set('deliveredAtMs', int(nowMs))
set('deliveryKey', key)
set('deliveryCaller', caller)
set('deliveredTo', collector)
if token ~= '' then set('deliveryToken', token) end
local lookAgainAtMs = redis.call('ZSCORE', due, transaction)
return { 'delivered', commit(lookAgainAtMs and tonumber(lookAgainAtMs)) }
`,
} as const;
