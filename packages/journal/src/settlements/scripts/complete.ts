import { SCHEMA_VERSION } from '../record.js';

/**
 * Guarantees: only the bytes of a sponsored payment that is not terminal are completed, in a record that this version
 * can read.
 *
 * Keys: record. Arguments: signed transaction.
 * Returns: 1 when they are kept.
 */
export const completeScript = {
  name: 'x402JournalComplete',
  lua: `
if redis.call('HGET', KEYS[1], 'schemaVersion') ~= '${SCHEMA_VERSION}' then return 0 end
if redis.call('HEXISTS', KEYS[1], 'sponsorship') == 0 or redis.call('HEXISTS', KEYS[1], 'finalAtMs') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'signedTransaction', ARGV[1])
return 1
`,
} as const;
