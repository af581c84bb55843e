/**
 * Guarantees: only the bytes of a sponsored payment that is not over are ever completed.
 *
 * Keys: record. Arguments: signed transaction.
 * Returns: 1 when they are kept.
 */
export const completeScript = {
  name: 'x402JournalComplete',
  lua: `
if redis.call('HEXISTS', KEYS[1], 'sponsorship') == 0 or redis.call('HEXISTS', KEYS[1], 'finalAtMs') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'signedTransaction', ARGV[1])
return 1
`,
} as const;
