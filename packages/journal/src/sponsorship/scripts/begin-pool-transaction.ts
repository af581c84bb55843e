/**
 * Guarantees: the wallet has one transaction of its own in flight at a time, begun by the newest holder of the
 * follower's lease.
 *
 * Keys: pool transaction, lease fence. Arguments: fence, the transaction as JSON.
 * Returns: 1 when it was begun.
 */
export const beginPoolTransactionScript = {
  name: 'x402SponsorshipBeginPoolTransaction',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('SETNX', KEYS[1], ARGV[2])
`,
} as const;
