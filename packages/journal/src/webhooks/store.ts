import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type AcknowledgedWrites, answered, defineScript, defineWord, jsonField } from '../redis/index.js';
import { TEST_EVENT, type WebhookEvent, webhookEventSchema } from './events.js';
import { WEBHOOK_KEYS } from './keys.js';
import {
  backlogScript,
  recordScript,
  removeScript,
  reviveScript,
  rotateScript,
  setScript,
  takeScript,
  testScript,
} from './scripts.js';

/** Each costs a scrape of the metrics a look. */
const MAX_ENDPOINTS = 1_000;
const ID_BYTES = 12;
const SALT_BYTES = 24;

const time = z.coerce.number();
const endpointSchema = z
  .object({
    key: z.string(),
    url: z.string(),
    salt: z.string().min(1),
    previousSalt: z.string().optional(),
    previousUntilMs: time.optional(),
    createdAtMs: time,
    stoppedAtMs: time.optional(),
    stoppedBecause: z.string().optional(),
    notBeforeMs: time.optional(),
    deliveredAtMs: time.optional(),
    failedAtMs: time.optional(),
    problem: z.string().optional(),
    dropped: z.coerce.number().default(0),
    lastTest: jsonField
      .pipe(z.object({ id: z.string(), outcome: z.string(), problem: z.string() }))
      .optional(),
  })
  .readonly();

/** Where the events of one API key's settlements go. Times are POSIX milliseconds. */
export type WebhookEndpoint = z.output<typeof endpointSchema> & { readonly id: string };

const triesSchema = jsonField.pipe(z.object({ attempts: z.number(), problem: z.string() }).readonly());

/** The first event of a lane, which is due. */
export type DueEvent = {
  readonly lane: string;
  /** Empty where not even that can be read. */
  readonly id: string;
  /** Unset where this version cannot read it. */
  readonly event: WebhookEvent | undefined;
  /** Attempts that failed so far. */
  readonly attempts: number;
};

/** What became of an attempt to send an event. */
export type WebhookAttempt =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      readonly problem: string;
      readonly attempts: number;
      readonly nextAtMs: number;
      /** The whole endpoint asked to be left alone until then. */
      readonly notBeforeMs?: number;
    }
  /** It is given up: kept for a replay, or forgotten. */
  | { readonly kind: 'dead' | 'forgotten'; readonly problem: string }
  /** The endpoint wants no more events. */
  | { readonly kind: 'stopped'; readonly problem: string; readonly attempts: number };

/** What waits for all endpoints that are not stopped. */
export type WebhookBacklog = {
  readonly endpoints: number;
  readonly stopped: number;
  readonly waiting: number;
  readonly oldestWaitingMs: number | undefined;
  /** Given up, kept for a replay. */
  readonly dead: number;
  /** Not written, because as many waited as may. */
  readonly dropped: number;
  /** Since when an endpoint has been due: its turn did not come yet. */
  readonly dueSinceMs: number | undefined;
};

/** Endpoints and their outbox. Every method throws JournalUnavailableError when Redis does not answer. */
export interface WebhookStore {
  /** @returns `changed` where the key has one: it keeps its secret and its events, and is no longer stopped. `full`: there are too many. */
  set(key: string, url: string): Promise<'created' | 'changed' | 'full'>;
  /** From now on signs with another secret, and until `untilMs` with the last one too. False without an endpoint. */
  rotate(key: string, untilMs: number): Promise<boolean>;
  /** @returns how many events waited; they are forgotten with it. Unset without an endpoint. */
  remove(key: string): Promise<number | undefined>;
  /** By the name of its key. */
  find(key: string): Promise<WebhookEndpoint | undefined>;
  read(id: string): Promise<WebhookEndpoint | undefined>;
  /** In the order of their keys' names. */
  list(): Promise<readonly WebhookEndpoint[]>;
  /** How many events wait for it and how many were given up. */
  counts(id: string): Promise<{ readonly waiting: number; readonly dead: number }>;
  /** Puts a test event into the outbox. @param limit how many events may wait. @returns its id, where it is there now. */
  test(
    key: string,
    limit: number,
  ): Promise<{ readonly id: string; readonly outcome: 'added' | 'full' | 'no-endpoint' | 'stopped' }>;
  /** Events that were given up, with when, the earliest first. */
  dead(id: string): Promise<readonly { readonly event: WebhookEvent; readonly diedAtMs: number }[]>;
  /** Puts them back into the outbox. Unset without an endpoint. */
  revive(
    key: string,
    limit: number,
  ): Promise<{ readonly revived: number; readonly left: number } | undefined>;
  /** Endpoints whose turn it is. */
  due(limit: number): Promise<readonly string[]>;
  /** What to send to an endpoint now, of each lane the first event. */
  take(id: string, limit: number): Promise<readonly DueEvent[]>;
  /** @returns the next event of the lane, where there is one and it may be sent now. */
  record(
    id: string,
    sent: Pick<DueEvent, 'lane' | 'id'>,
    attempt: WebhookAttempt,
  ): Promise<DueEvent | undefined>;
  backlog(): Promise<WebhookBacklog>;
}

export function createWebhookStore(options: {
  readonly redis: Redis;
  /** Unset: no replica must acknowledge an operator's word. */
  readonly acknowledged?: AcknowledgedWrites | undefined;
  /** POSIX milliseconds. */
  readonly now?: () => number;
}): WebhookStore {
  const { redis, acknowledged, now = Date.now } = options;
  const scripts = {
    set: defineWord(redis, acknowledged, setScript),
    rotate: defineWord(redis, acknowledged, rotateScript),
    remove: defineWord(redis, acknowledged, removeScript),
    test: defineScript(redis, testScript),
    take: defineScript(redis, takeScript),
    record: defineScript(redis, recordScript),
    revive: defineScript(redis, reviveScript),
    backlog: defineScript(redis, backlogScript),
  };
  // All names begin with one hash tag; one of them, declared, tells a cluster where to run the script.
  const run = (script: keyof typeof scripts, args: readonly (string | number)[]) =>
    scripts[script]([WEBHOOK_KEYS.keys], args);
  const nowWhole = () => Math.floor(now());
  const newSalt = () => randomBytes(SALT_BYTES).toString('base64url');

  const read: WebhookStore['read'] = async (id) => {
    const fields = await answered(() => redis.hgetall(WEBHOOK_KEYS.endpoint(id)));
    const { data } = endpointSchema.safeParse(fields);
    return data === undefined ? undefined : { id, ...data };
  };

  return {
    read,
    async set(key, url) {
      const id = randomBytes(ID_BYTES).toString('hex');
      const outcome = await run('set', [key, url, nowWhole(), id, newSalt(), MAX_ENDPOINTS]);
      return outcome === 'created' || outcome === 'full' ? outcome : 'changed';
    },
    async rotate(key, untilMs) {
      return (await run('rotate', [key, newSalt(), Math.floor(untilMs)])) === 1;
    },
    async remove(key) {
      const waiting = Number(await run('remove', [key]));
      return waiting < 0 ? undefined : waiting;
    },
    async find(key) {
      const id = await answered(() => redis.hget(WEBHOOK_KEYS.keys, key));
      return id === null ? undefined : read(id);
    },
    async list() {
      const ids = await answered(() => redis.hvals(WEBHOOK_KEYS.keys));
      const found = await Promise.all(ids.map(read));
      return found
        .flatMap((endpoint) => endpoint ?? [])
        .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    },
    async counts(id) {
      const [waiting, dead] = await Promise.all([
        answered(() => redis.zcard(WEBHOOK_KEYS.events(id))),
        answered(() => redis.zcard(WEBHOOK_KEYS.dead(id))),
      ]);
      return { waiting, dead };
    },
    async test(key, limit) {
      const id = `evt_${randomBytes(16).toString('hex')}`;
      const atMs = nowWhole();
      const event = JSON.stringify({ id, type: TEST_EVENT, atMs, queuedAtMs: atMs });
      const outcome = await run('test', [key, event, id, atMs, limit]);
      const isRefused = outcome === 'full' || outcome === 'no-endpoint' || outcome === 'stopped';
      return { id, outcome: isRefused ? outcome : 'added' };
    },
    async dead(id) {
      const [scored, texts] = await Promise.all([
        answered(() => redis.zrange(WEBHOOK_KEYS.dead(id), 0, '-1', 'WITHSCORES')),
        answered(() => redis.hgetall(WEBHOOK_KEYS.deadEvents(id))),
      ]);
      return scored.flatMap((eventId, place) => {
        if (place % 2 !== 0) return [];
        const { data: event } = webhookEventSchema.safeParse(texts[eventId]);
        return event === undefined ? [] : [{ event, diedAtMs: Number(scored[place + 1]) }];
      });
    },
    async revive(key, limit) {
      const reply = await run('revive', [key, nowWhole(), limit]);
      const [revived, left]: readonly unknown[] = Array.isArray(reply) ? reply : [];
      return revived === undefined ? undefined : { revived: Number(revived), left: Number(left) };
    },
    due: (limit) =>
      answered(() => redis.zrangebyscore(WEBHOOK_KEYS.due, '-inf', nowWhole(), 'LIMIT', 0, limit)),
    async take(id, limit) {
      const reply = await run('take', [id, nowWhole(), limit]);
      const found: readonly unknown[] = Array.isArray(reply) ? reply : [];
      return found.map((entry) => {
        const [lane, event, tries]: readonly unknown[] = Array.isArray(entry) ? entry : [];
        return dueEventOf(String(lane), event, triesSchema.safeParse(tries).data?.attempts);
      });
    },
    async record(id, sent, attempt) {
      const nowMs = nowWhole();
      const isLeft = attempt.kind === 'failed' || attempt.kind === 'stopped';
      const problem = 'problem' in attempt ? attempt.problem : '';
      const next = await run('record', [
        id,
        sent.lane,
        sent.id,
        attempt.kind,
        nowMs,
        attempt.kind === 'failed' ? Math.ceil(attempt.nextAtMs) : nowMs,
        isLeft ? JSON.stringify({ attempts: attempt.attempts, problem }) : '',
        (attempt.kind === 'failed' && attempt.notBeforeMs !== undefined && Math.ceil(attempt.notBeforeMs)) ||
          '',
        problem,
      ]);
      return typeof next === 'string' ? dueEventOf(sent.lane, next) : undefined;
    },
    async backlog() {
      const reply = await run('backlog', []);
      const [endpoints, stopped, waiting, oldest, dead, dropped, due]: readonly unknown[] = Array.isArray(
        reply,
      )
        ? reply
        : [];
      const timeOf = (text: unknown) => (text === '' ? undefined : Number(text));
      return {
        endpoints: Number(endpoints),
        stopped: Number(stopped),
        waiting: Number(waiting),
        oldestWaitingMs: timeOf(oldest),
        dead: Number(dead),
        dropped: Number(dropped),
        dueSinceMs: timeOf(due),
      };
    },
  };
}

const namedSchema = jsonField.pipe(z.object({ id: z.string() }));

function dueEventOf(lane: string, text: unknown, attempts = 0): DueEvent {
  const id = namedSchema.safeParse(text).data?.id ?? '';
  return { lane, id, event: webhookEventSchema.safeParse(text).data, attempts };
}
