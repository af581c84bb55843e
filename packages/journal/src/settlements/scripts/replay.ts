import { OUTBOX } from '../../webhooks/outbox.js';
import { PRELUDE } from './prelude.js';

/**
 * Writes the events of a settlement's end into the outbox once more, as they are now, with the ids that they had. The record
 * does not change.
 *
 * Returns: outcome, then the record where it cannot be read.
 */
export const replayScript = {
  name: 'x402JournalReplay',
  lua: `${PRELUDE}${OUTBOX}
local found = condition()
if found == 'none' then return { 'not-found' } end
if found == 'unreadable' then return unreadable() end
local state = field('state')
if state ~= 'confirmed' and not FINAL[state] then return { 'not-ended' } end
if not field('keyName') then return { 'no-endpoint' } end
local outcome = announce(state, field('settledAtMs'))
if state == 'confirmed' and field('finalAtMs') and (outcome == 'added' or outcome == 'there') then
  outcome = announce('final', field('finalAtMs'))
end
return { outcome }
`,
} as const;
