import { createHash } from 'node:crypto';
import pTimeout from 'p-timeout';
import type { DeliveryStore, Opened, Purchase, RecordedAnswer } from '../delivery/index.js';

/** What the store needs of `ioredis`. */
export type RedisCommands = {
  /** Runs a script on the server. */
  eval(script: string, numberOfKeys: number, ...args: (string | number)[]): Promise<unknown>;
};

/** How the store names its keys, and how long it holds them. */
export type RedisStoreOptions = {
  /** How long an answer is kept, in milliseconds; an hour by default. */
  readonly keepForMs?: number;
  /** The beginning of every key; `x402:delivery` by default. Shops that share a Redis need one each. */
  readonly prefix?: string;
  /** How long Redis may take, in milliseconds; 5 000 by default. `ioredis` alone would wait until it is back. */
  readonly timeoutMs?: number;
};

const KEEP_FOR_MS = 3_600_000;
const TIMEOUT_MS = 5_000;

/*
 * A purchase is a hash with its digest, the handler's output (`made`) or the answer, and one lease. The lease is a field with
 * its end by Redis's own clock. An identifier is a key that holds the transaction it was used for.
 */
const NOW = `local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
const HOLDS = `if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end`;

const OPEN = `${NOW}
local holder, digest, lease, keep, transaction = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
if KEYS[2] then
  local named = redis.call('GET', KEYS[2])
  if named and named ~= transaction then return { 'other-payment' } end
end
local known = redis.call('HMGET', KEYS[1], 'digest', 'answer', 'made', 'holder', 'until')
local leased = known[4] and tonumber(known[5]) > now
if known[1] and known[1] ~= digest and (known[2] or known[3] or leased) then return { 'other-purchase' } end
if known[2] then return { 'answered', known[2] } end
if leased then return { 'running' } end
redis.call('HSET', KEYS[1], 'digest', digest, 'holder', holder, 'until', now + lease)
redis.call('PEXPIRE', KEYS[1], keep)
if KEYS[2] then redis.call('SET', KEYS[2], transaction, 'PX', keep) end
return { 'mine', known[3] or '' }`;

const FIND = `return redis.call('HMGET', KEYS[1], 'digest', 'answer')`;

const RENEW = `${NOW}
${HOLDS}
return redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[2]))`;

const KEEP_MADE = `${HOLDS}
redis.call('HSET', KEYS[1], 'made', ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`;

const KEEP_ANSWER = `
redis.call('HSETNX', KEYS[1], 'answer', ARGV[2])
redis.call('HSET', KEYS[1], 'digest', ARGV[4])
redis.call('HDEL', KEYS[1], 'made', 'holder', 'until')
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`;

const RELEASE = `${HOLDS}
if ARGV[2] == 'forget' then
  redis.call('DEL', KEYS[1])
  if KEYS[2] then redis.call('DEL', KEYS[2]) end
  return 1
end
return redis.call('HDEL', KEYS[1], 'holder', 'until')`;

/**
 * Keeps answers in Redis, for many processes. Answers outlive the processes that made them.
 *
 * @example
 * const delivery = new Delivery({ store: createRedisStore(new Redis('redis://127.0.0.1')) });
 */
export function createRedisStore(redis: RedisCommands, options: RedisStoreOptions = {}): DeliveryStore {
  const { keepForMs = KEEP_FOR_MS, prefix = 'x402:delivery', timeoutMs = TIMEOUT_MS } = options;
  // One hash tag: a script may touch the keys of one node of a cluster only.
  const keysOf = ({ txHash, identifier }: Purchase) => [
    `{${prefix}}:transaction:${txHash}`,
    ...(identifier === undefined ? [] : [`{${prefix}}:identifier:${digestOf(identifier)}`]),
  ];
  const run = (script: string, keys: readonly string[], ...args: (string | number)[]) =>
    pTimeout(redis.eval(script, keys.length, ...keys, ...args), { milliseconds: timeoutMs });

  return {
    async open(purchase, holder, leaseMs) {
      const { digest, txHash } = purchase;
      const reply = await run(OPEN, keysOf(purchase), holder, digest, leaseMs, keepForMs, txHash);
      return readOpened(reply);
    },
    async find(purchase) {
      const reply = await run(FIND, keysOf(purchase).slice(0, 1));
      const [digest, answer]: unknown[] = Array.isArray(reply) ? reply : [];
      return digest === purchase.digest && typeof answer === 'string' ? decode(answer) : undefined;
    },
    async renew(purchase, holder, leaseMs) {
      await run(RENEW, keysOf(purchase), holder, leaseMs);
    },
    async keepMade(purchase, holder, made) {
      await run(KEEP_MADE, keysOf(purchase), holder, encode(made), keepForMs);
    },
    async keepAnswer(purchase, holder, answer) {
      await run(KEEP_ANSWER, keysOf(purchase), holder, encode(answer), keepForMs, purchase.digest);
    },
    async release(purchase, holder, forget) {
      await run(RELEASE, keysOf(purchase), holder, forget ? 'forget' : 'keep');
    },
  };
}

/** An identifier is the buyer's secret: who reads the keys of Redis must not learn it. */
const digestOf = (identifier: string) => createHash('sha256').update(identifier).digest('hex');

function readOpened(reply: unknown): Opened {
  const [kind, text]: unknown[] = Array.isArray(reply) ? reply : [];
  switch (kind) {
    case 'mine':
      return { kind, made: text === '' ? undefined : decode(text) };
    case 'answered':
      return { kind, answer: decode(text) };
    case 'running':
    case 'other-purchase':
    case 'other-payment':
      return { kind };
    default:
      throw new Error(`expected what a payment was opened as, found ${JSON.stringify(reply)}`);
  }
}

function encode({ status, headers, body }: RecordedAnswer): string {
  return JSON.stringify([status, headers, Buffer.from(body).toString('base64')]);
}

function decode(text: unknown): RecordedAnswer {
  const [status, headers, body] = JSON.parse(String(text)) as [number, [string, string][], string];
  return { status, headers, body: Buffer.from(body, 'base64') };
}
