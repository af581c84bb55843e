/** Reading this many hashes takes a few milliseconds, and all other commands wait meanwhile. */
const LIMIT = 10_000;

/**
 * Guarantees: a consistent count of the unfinished settlements by state, without fetching their records. Reads only.
 *
 * Keys: pending. Arguments: prefix. The records' names are built here: they carry the same hash tag.
 * Returns: state, count and the oldest time of queueing, for each state in turn.
 */
export const backlogScript = {
  name: 'x402JournalBacklog',
  lua: `
local entries = redis.call('ZRANGE', KEYS[1], 0, ${LIMIT - 1}, 'WITHSCORES')
local seen, reply = {}, {}
for i = 1, #entries, 2 do
  -- A key of another type answers with an error, which is a table.
  local state = redis.pcall('HGET', ARGV[1] .. ':settlement:' .. entries[i], 'state')
  if type(state) == 'string' then
    if not seen[state] then
      -- The set is in the order of queueing: the first of a state is its oldest.
      seen[state] = #reply + 1
      reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = state, 0, entries[i + 1]
    end
    reply[seen[state] + 1] = reply[seen[state] + 1] + 1
  end
end
return reply
`,
} as const;
