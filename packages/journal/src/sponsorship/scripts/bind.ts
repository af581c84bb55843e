import { PRELUDE } from './prelude.js';

/**
 * Guarantees: the first transaction that comes in time, with the right payer and output, gets the reservation for good.
 * The same one may come again.
 *
 * Arguments: id, transaction, payer, input, transactionExpiresAtMs.
 * Returns: outcome, detail (the sponsorship's pairs, or the transaction that was first).
 */
export const bindScript = {
  name: 'x402SponsorshipBind',
  lua: `${PRELUDE}
local id, transaction, payer, input, transactionExpiresAtMs = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 4)
local fault = faultOf(id)
if fault then return { 'unreadable', fault } end
local state = get(id, 'state')
if not state then return { 'unknown' } end
if get(id, 'payer') ~= payer or get(id, 'input') ~= input then return { 'mismatch' } end

local boundTo = get(id, 'transaction')
if boundTo and boundTo ~= transaction then return { 'used', boundTo } end
if boundTo then
  if state == 'released' or state == 'lost' then return { 'expired' } end
  return { 'bound', snapshot(id) }
end
if state ~= 'reserved' or tonumber(get(id, 'expiresAtMs')) <= nowMs then return { 'expired' } end

stopWaiting(id)
redis.call('ZADD', bound, int(nowMs), id)
set(id, 'state', 'bound', 'transaction', transaction, 'boundAtMs', int(nowMs), 'transactionExpiresAtMs', transactionExpiresAtMs)
bookOnPayer(id, get(id, 'bookedLovelace'))
return { 'bound', snapshot(id) }
`,
} as const;
