import { PRELUDE } from './prelude.js';

/**
 * Guarantees: takes back exactly the delivery that carries the token, and only until another call has collected it or it is archived: its
 * success was handed to no caller, and the next call may have it.
 *
 * Arguments: token.
 * Returns: 1 when it was taken back.
 */
export const takeBackDeliveryScript = {
  name: 'x402JournalTakeBackDelivery',
  lua: `${PRELUDE}
local token = ARGV[FIRST_ARGUMENT]
if condition() ~= 'readable' or field('archivedAtMs') or field('deliveryToken') ~= token then return 0 end
clear('deliveredAtMs', 'deliveryKey', 'deliveryCaller', 'deliveredTo', 'deliveryToken')
local lookAgainAtMs = redis.call('ZSCORE', due, transaction)
commit(lookAgainAtMs and tonumber(lookAgainAtMs))
return 1
`,
} as const;
