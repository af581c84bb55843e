import { NAMES } from './names.js';
import { PRELUDE, RECORD_SCRIPT_KEYS } from './prelude.js';

/**
 * Guarantees: the names of a call that joins a settlement stand for its payment, unless one stands for another.
 *
 * Keys beyond the shared ones: the call's names.
 * Arguments: binding, until when names are kept.
 * Returns: outcome, record, place of the name that stands for another payment.
 */
export const joinScript = {
  name: 'x402JournalJoin',
  lua: `${PRELUDE}${NAMES}
local binding, keptUntilMs = unpack(ARGV, FIRST_ARGUMENT, FIRST_ARGUMENT + 1)
local FIRST_NAME = ${RECORD_SCRIPT_KEYS.length + 1}
local found = condition()
if found == 'unreadable' then return unreadable() end
local payment = network .. ' ' .. transaction .. ' ' .. binding
local taken = takenName(FIRST_NAME, #KEYS, payment)
if taken then return { 'name-taken', false, taken } end
keepNames(FIRST_NAME, #KEYS, payment, keptUntilMs)
return { 'joined', found == 'readable' and snapshot() }
`,
} as const;
