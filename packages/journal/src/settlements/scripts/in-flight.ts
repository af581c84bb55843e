import { RECORD_FIELDS } from '../record-fields.js';

/**
 * Keys: record, then any number of keys with text.
 * Returns: the values of `RECORD_FIELDS` as a JSON list, or `false` where the record is not a hash; then the texts.
 */
export const inFlightScript = {
  name: 'x402JournalInFlight',
  lua: `
local values = redis.pcall('HMGET', KEYS[1], ${RECORD_FIELDS.map((field) => `'${field}'`).join(',')})
return { not values.err and cjson.encode(values), unpack(#KEYS > 1 and redis.call('MGET', unpack(KEYS, 2)) or {}) }
`,
} as const;
