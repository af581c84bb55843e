/**
 * Guarantees: only the newest holder of the lease moves the follower's place on the chain.
 *
 * Keys: window, fence. Arguments: fence, window as JSON.
 * Returns: 1 when written.
 */
export const saveChainWindowScript = {
  name: 'x402JournalSaveChainWindow',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
} as const;
