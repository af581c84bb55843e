import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a confirmed success is delivered once. A caller with the first caller's idempotency key gets it again. A
 * settlement that is not confirmed now is never delivered.
 *
 * Arguments: digest of the idempotency key, or ''; a token by which this delivery can be taken back, or ''.
 * Returns: outcome, record.
 */
export const deliverScript = {
  name: 'x402JournalDeliver',
  lua: `${PRELUDE}
local key, token = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 1)
local found = condition()
if found == 'unreadable' then return unreadable() end
if found == 'none' or field('state') ~= 'confirmed' then return { 'not-confirmed' } end
if field('deliveredAtMs') then
  local isSameCall = key ~= '' and key == field('deliveryKey')
  -- Two calls have it now: neither may take it back.
  if isSameCall then redis.call('HDEL', record, 'deliveryToken') end
  return { isSameCall and 'delivered' or 'already-delivered', snapshot() }
end
set('deliveredAtMs', int(nowMs))
set('deliveryKey', key)
if token ~= '' then set('deliveryToken', token) end
local lookAgainAtMs = redis.call('ZSCORE', due, transaction)
return { 'delivered', commit(lookAgainAtMs and tonumber(lookAgainAtMs)) }
`,
} as const;
