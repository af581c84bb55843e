import { OUTBOX } from '../../webhooks/outbox.js';
import { PRELUDE } from './prelude.js';

/**
 * Guarantees: a confirmation becomes terminal only in a block and after its stability window; it then releases its
 * inputs, the follower stops watching it, and the webhook of its key is told.
 *
 * Arguments: lease fence or ''.
 * Returns: 1 when it became terminal; outcome and record when this version cannot read it.
 */
export const concludeScript = {
  name: 'x402JournalConclude',
  lua: `${PRELUDE}${OUTBOX}
local lease = ARGV[FIRST_ARGUMENT]
if lease ~= '' and lease ~= redis.call('GET', leaseFence) then return 0 end
local found = condition()
if found == 'none' then return 0 end
if found == 'unreadable' then return unreadable() end
local until_ = redis.call('ZSCORE', watched, transaction)
if not until_ or tonumber(until_) > nowMs then return 0 end
if field('state') ~= 'confirmed' or not field('blockHash') then return 0 end
finalize()
commit(nil)
announceChange('confirmed', 'final')
return 1
`,
} as const;
