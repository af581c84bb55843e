import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a confirmed success is delivered once. A caller with the first caller's idempotency key gets it again. A
 * settlement that is not confirmed now is never delivered.
 *
 * Arguments: digest of the idempotency key, or ''.
 * Returns: outcome, record.
 */
export const deliverScript = {
  name: 'x402JournalDeliver',
  lua: `${PRELUDE}
local key = ARGV[FIRST_ARGUMENT]
local found = condition()
if found == 'unreadable' then return unreadable() end
if found == 'none' or field('state') ~= 'confirmed' then return { 'not-confirmed' } end
if field('deliveredAtMs') then
  local isSameCall = key ~= '' and key == field('deliveryKey')
  return { isSameCall and 'delivered' or 'already-delivered', snapshot() }
end
set('deliveredAtMs', int(nowMs))
set('deliveryKey', key)
local lookAgainAtMs = redis.call('ZSCORE', due, transaction)
return { 'delivered', commit(lookAgainAtMs and tonumber(lookAgainAtMs)) }
`,
} as const;
