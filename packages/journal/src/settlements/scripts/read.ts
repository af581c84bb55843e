import { RECORD_FIELDS } from '../record-fields.js';

/**
 * Keys: record.
 * Returns: the values of `RECORD_FIELDS` as a JSON list, `false` for a missing one.
 */
export const readScript = {
  name: 'x402JournalRead',
  lua: `
local values = redis.pcall('HMGET', KEYS[1], ${RECORD_FIELDS.map((field) => `'${field}'`).join(',')})
return values.err and values or cjson.encode(values)
`,
} as const;
