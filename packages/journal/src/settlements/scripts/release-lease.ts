/**
 * Guarantees: only the holder gives the lease back.
 *
 * Keys: lease. Arguments: holder.
 */
export const releaseLeaseScript = {
  name: 'x402JournalReleaseLease',
  lua: `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`,
} as const;
