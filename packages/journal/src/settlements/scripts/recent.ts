/** How long a claim can be found by more than its transaction id. */
export const RECENT_MS = 86_400_000;

/** Reading two fields of this many records takes about ten milliseconds, and all other commands wait meanwhile. */
const LIMIT = 10_000;

/**
 * Finds settlements among those that were claimed in the last day, newest first. Reads only.
 *
 * Keys: recent. Arguments: prefix, state or '', payer or '', the time of the newest, how many at most. The records' names are
 * built here: they carry the same hash tag.
 * Returns: the time at which to go on or false, then the transaction ids.
 */
export const recentScript = {
  name: 'x402JournalRecent',
  lua: `
local prefix, state, payer, newest, most = unpack(ARGV)
local entries = redis.call('ZREVRANGEBYSCORE', KEYS[1], newest, '-inf', 'WITHSCORES', 'LIMIT', 0, ${LIMIT})
local found = {}
for i = 1, #entries, 2 do
  if #found == tonumber(most) then return { entries[i + 1], found } end
  -- A key of another type answers with an error, which has neither field.
  local isState, isPayer = unpack(redis.pcall('HMGET', prefix .. ':settlement:' .. entries[i], 'state', 'payer'))
  if isState and (state == '' or isState == state) and (payer == '' or isPayer == payer) then
    found[#found + 1] = entries[i]
  end
end
return { #entries == ${2 * LIMIT} and entries[#entries], found }
`,
} as const;
