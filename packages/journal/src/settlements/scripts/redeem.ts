import { FINAL_STATES } from '../states.js';
import { PRELUDE } from './prelude.js';

const unpaid = FINAL_STATES.map((state) => `state == '${state}'`).join(' or ');

/**
 * Guarantees: an operator's word is kept in the record, once, with its reason; never for a success that was handed out, nor
 * for a settlement that did not pay.
 *
 * Arguments: reason.
 * Returns: outcome, record.
 */
export const redeemScript = {
  name: 'x402JournalRedeem',
  lua: `${PRELUDE}
local found = condition()
if found == 'none' then return { 'not-found' } end
if found == 'unreadable' then return unreadable() end
local state = field('state')
if ${unpaid} then return { 'unpaid', snapshot() } end
if field('deliveredAtMs') then return { 'already-delivered', snapshot() } end
if not field('redeemedAtMs') then
  set('redeemedAtMs', int(nowMs))
  set('redeemedBecause', ARGV[FIRST_ARGUMENT])
  local lookAgainAtMs = redis.call('ZSCORE', due, transaction)
  commit(lookAgainAtMs and tonumber(lookAgainAtMs))
end
return { 'redeemed', snapshot() }
`,
} as const;

/** An operator's word about a payment without a record. Keys: redeem. Arguments: reason, for how long in milliseconds. */
export const announceScript = {
  name: 'x402JournalAnnounce',
  lua: "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])",
} as const;
