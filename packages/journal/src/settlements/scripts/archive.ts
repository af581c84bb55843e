/**
 * Until when Redis keeps a record that has ended for good. Where an archive is configured, it has no expiry before it is
 * archived, and is listed as due in the write that ends it, so that none leaves Redis unarchived.
 *
 * One that can gain nothing more is due at once. One that lacks its receipt, or that was not collected, is due when it
 * would be let go without an archive: nothing changes it after that, because `deliver` hands out nothing then.
 */
export const ARCHIVE = `
local function keptUntilMs(ended)
  return math.max(tonumber(ended.finalAtMs), tonumber(ended.expiresAtMs) or 0) + retentionMs
end

local function dueAtMs(ended)
  local lacksReceipt = (ended.kind or 'payment') == 'payment' and not ended.receipt
  local isWhole = ended.state ~= 'confirmed' or (ended.deliveredAtMs and not lacksReceipt)
  return isWhole and nowMs or keptUntilMs(ended)
end
`;

/** What the scripts below read of a record, whose name they build: it carries the same hash tag as their key. */
const READ = `
local prefix, nowMs, retentionMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local function int(value) return string.format('%.0f', value) end
local function read(transaction)
  local names = { 'revision', 'state', 'kind', 'finalAtMs', 'expiresAtMs', 'deliveredAtMs', 'receipt', 'archivedAtMs' }
  -- A key of another type answers with an error.
  local values = redis.pcall('HMGET', prefix .. ':settlement:' .. transaction, unpack(names))
  if values.err then return {} end
  local record = {}
  for index, name in ipairs(names) do record[name] = values[index] or nil end
  return record
end
${ARCHIVE}`;

/**
 * Guarantees: a record is marked as archived, gets its expiry and leaves the list in one write, and only while it is what
 * was written.
 *
 * Keys: archive due. Arguments: prefix, nowMs, retentionMs, then transaction, revision and whether it has a
 * receipt ('1' or '') of each.
 * Returns: the transactions that were marked.
 */
export const markArchivedScript = {
  name: 'x402ArchiveMark',
  lua: `${READ}
local marked = {}
for index = 4, #ARGV, 3 do
  local transaction, revision, receipt = unpack(ARGV, index, index + 2)
  local record = read(transaction)
  local isSame = record.revision == revision and (record.receipt ~= nil) == (receipt == '1')
  if isSame and tonumber(record.finalAtMs or '') then
    local key = prefix .. ':settlement:' .. transaction
    redis.call('HSET', key, 'archivedAtMs', int(nowMs))
    redis.call('PEXPIREAT', key, int(keptUntilMs(record)))
    redis.call('ZREM', KEYS[1], transaction)
    marked[#marked + 1] = transaction
  elseif not record.revision and redis.call('EXISTS', prefix .. ':settlement:' .. transaction) == 0 then
    redis.call('ZREM', KEYS[1], transaction)
  end
end
return marked
`,
} as const;

/**
 * Guarantees: a record that ended before an archive was configured, or that an older version ended, is listed and loses its
 * expiry in one write. One that is archived or listed stays as it is.
 *
 * Keys: archive due. Arguments: prefix, nowMs, retentionMs, then the transactions.
 * Returns: how many were listed.
 */
export const adoptScript = {
  name: 'x402ArchiveAdopt',
  lua: `${READ}
local adopted = 0
for index = 4, #ARGV do
  local transaction = ARGV[index]
  local record = read(transaction)
  local isFinal = tonumber(record.finalAtMs or '') and not record.archivedAtMs
  if isFinal and not redis.call('ZSCORE', KEYS[1], transaction) then
    redis.call('PERSIST', prefix .. ':settlement:' .. transaction)
    redis.call('ZADD', KEYS[1], int(dueAtMs(record)), transaction)
    adopted = adopted + 1
  end
end
return adopted
`,
} as const;
