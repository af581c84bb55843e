import { RECORD_FIELDS } from '../record-fields.js';

/**
 * Keys: record, then any number of keys with text.
 * Returns: the values of `RECORD_FIELDS` as a JSON list, an empty one without a record, or `false` where the record is not a
 * hash; then the texts.
 */
export const inFlightScript = {
  name: 'x402JournalInFlight',
  lua: `
local record = '[]'
-- Most payments are new: for those no field is asked for.
if redis.call('EXISTS', KEYS[1]) == 1 then
  local values = redis.pcall('HMGET', KEYS[1], ${RECORD_FIELDS.map((field) => `'${field}'`).join(',')})
  record = not values.err and cjson.encode(values)
end
return { record, unpack(#KEYS > 1 and redis.call('MGET', unpack(KEYS, 2)) or {}) }
`,
} as const;
