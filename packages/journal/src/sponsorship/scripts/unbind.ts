import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a reservation is taken from its transaction only while that transaction is not signed and has no
 * settlement. It then waits for its payer again, or has expired.
 *
 * Arguments: id, transaction.
 * Returns: 1 when it was taken.
 */
export const unbindScript = {
  name: 'x402SponsorshipUnbind',
  lua: `${PRELUDE}
local id, transaction = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 1)
if faultOf(id) or get(id, 'state') ~= 'bound' or get(id, 'transaction') ~= transaction then return 0 end
if redis.call('EXISTS', journalPrefix .. ':settlement:' .. transaction) == 1 then return 0 end

redis.call('ZREM', bound, id)
bookOnPayer(id, -tonumber(get(id, 'bookedLovelace')))
redis.call('HDEL', reservation(id), 'transaction', 'boundAtMs', 'transactionExpiresAtMs')
set(id, 'state', 'reserved')
wait(id)
sweep()
return 1
`,
} as const;
