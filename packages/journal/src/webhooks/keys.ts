/**
 * The names of the webhooks' keys. They share the journal's hash tag: the script that ends a settlement writes its event.
 * Scripts build them from the prefix.
 *
 * - `keys`: hash of the endpoints' ids by the names of API keys
 * - `due`: sorted set of endpoint ids; when one of its lanes is next due, POSIX ms
 * - `endpoint:ID`: hash of an endpoint
 * - `lanes:ID`: sorted set of an endpoint's lanes, one per settlement; when the first event of each is tried next
 * - `lane:ID:LANE`: list of the events of one lane as JSON, the earliest first
 * - `events:ID`: sorted set of the ids of all events in its lanes; when each was put there
 * - `tries:ID`: hash by lane of what became of its first event so far, as JSON
 * - `dead:ID`, `dead-events:ID`: sorted set of the events that were given up, and when; hash of them as JSON
 */
export const WEBHOOKS_PREFIX = '{x402}:webhooks';

export const WEBHOOK_KEYS = {
  keys: `${WEBHOOKS_PREFIX}:keys`,
  due: `${WEBHOOKS_PREFIX}:due`,
  endpoint: (id: string) => `${WEBHOOKS_PREFIX}:endpoint:${id}`,
  lanes: (id: string) => `${WEBHOOKS_PREFIX}:lanes:${id}`,
  events: (id: string) => `${WEBHOOKS_PREFIX}:events:${id}`,
  tries: (id: string) => `${WEBHOOKS_PREFIX}:tries:${id}`,
  dead: (id: string) => `${WEBHOOKS_PREFIX}:dead:${id}`,
  deadEvents: (id: string) => `${WEBHOOKS_PREFIX}:dead-events:${id}`,
} as const;
