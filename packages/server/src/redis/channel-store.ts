import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  type ChannelRecord,
  type ChannelStore,
  type ChannelView,
  type Reserved,
  readKeptAnswer,
  readRefund,
  readTerms,
  termsOf,
  writeKeptAnswer,
} from '../channels/stores.js';
import { COMMIT, END, ENDED, OBSERVE, READ, RELEASE, REMOVE, RENEW, RESERVE } from './channel-scripts.js';
import { checkDurability, replicaWait } from './durability.js';

type Argument = string | number;

/** What the store needs of `ioredis`. */
export type RedisChannelCommands = {
  /** `EVALSHA` */
  evalsha(sha: string, numberOfKeys: number, ...args: Argument[]): Promise<unknown>;
  /** `EVAL` */
  eval(script: string, numberOfKeys: number, ...args: Argument[]): Promise<unknown>;
  /** Any other command. */
  call(command: string, ...args: Argument[]): Promise<unknown>;
};

/** Where a committed voucher must be before its request is served. */
export type RedisDurability =
  /** On the disk: `appendonly yes`, `appendfsync always`. */
  | 'disk'
  /** In the memory of so many replicas, each waited for so long. */
  | { readonly replicas: number; readonly timeoutMs?: number };

/** How the store names its keys, and what it waits for. */
export type RedisChannelStoreOptions = {
  /** `'disk'` by default. */
  readonly durability?: RedisDurability;
  /** The beginning of every key; `x402:channels` by default. Shops that share a Redis need one each. */
  readonly prefix?: string;
  /** How long Redis may take, in milliseconds; 5 000 by default. `ioredis` alone would wait until it is back. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5_000;
const RECHECK_MS = 60_000;
const SCAN_COUNT = 200;
/** Far more than the requests of one process that are under way. */
const MAX_FIRST = 100_000;

/** A script by its digest; Redis that does not know it is sent it. */
function script(lua: string) {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (redis: RedisChannelCommands, keys: readonly string[], args: readonly Argument[]) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}

const scripts = {
  reserve: script(RESERVE),
  commit: script(COMMIT),
  end: script(END),
  ended: script(ENDED),
  release: script(RELEASE),
  renew: script(RENEW),
  observe: script(OBSERVE),
  remove: script(REMOVE),
  read: script(READ),
};

/**
 * Keeps channels in Redis, for any number of processes. A voucher is committed when it is on the disk, or on as many replicas as
 * `durability` says. Give it a connection of its own with `enableAutoPipelining`: requests then share their ways to Redis.
 *
 * @throws Error at once, and from every commit, where Redis would answer before a write is that safe: it says what was expected and
 *   what was found.
 * @example
 * const redis = new Redis('redis://127.0.0.1', { enableAutoPipelining: true });
 * const store = await openRedisChannelStore(redis);
 */
export async function openRedisChannelStore(
  redis: RedisChannelCommands,
  options: RedisChannelStoreOptions = {},
): Promise<ChannelStore> {
  const { durability = 'disk', prefix = 'x402:channels', timeoutMs = TIMEOUT_MS } = options;
  const index = `${prefix}:ids`;
  const keyOf = (channelId: string) => `{${prefix}:${channelId}}`;
  const keysOf = (channelId: string) => [keyOf(channelId), `${keyOf(channelId)}:answer`];
  const inTime = <T>(promise: Promise<T>) => within(timeoutMs, promise);
  const run = (name: keyof typeof scripts, keys: readonly string[], ...args: Argument[]) =>
    inTime(scripts[name](redis, keys, args));

  const check = () => inTime(checkDurability(redis, durability));
  await check();
  // Redis may be configured anew, or another one may have taken its place.
  let checked = { atMs: Date.now(), result: Promise.resolve() };
  const stillDurable = () => {
    if (Date.now() - checked.atMs > RECHECK_MS) {
      const result = check();
      checked = { atMs: Date.now(), result };
      result.catch(() => {
        checked = { ...checked, atMs: 0 };
      });
    }
    return checked.result;
  };
  const replicated = durability === 'disk' ? undefined : replicaWait(redis, durability);
  /** Requests that a channel has never been charged before. */
  const first = new LRUCache<string, true>({ max: MAX_FIRST });

  const store: ChannelStore = {
    async reserve({ channel, iou, base, holder, leaseMs, freshForMs, view, isRefund }) {
      const { channelId } = channel;
      const asked = [
        termsOf(channel),
        `${iou.amount}`,
        iou.signature,
        `${base}`,
        holder,
        leaseMs,
        freshForMs,
        isRefund ? 1 : 0,
      ];
      const reply = await run('reserve', keysOf(channelId), ...asked, ...viewOf(view));
      const said = readReserved(channelId, reply);
      if (said.kind === 'reserved' && said.record.iou === undefined) first.set(holder, true);
      // A write of another process may not have arrived everywhere; this one's own, which follows it, has then.
      if (said.kind === 'answered') await replicated?.();
      return said;
    },
    async commit({ channelId, holder, charged, view, answer }) {
      await stillDurable();
      // Before the charge, on one connection: a charged channel is always listed.
      const listed = first.has(holder) ? inTime(redis.call('SADD', index, channelId)) : undefined;
      const kept = answer === undefined ? ['0', ''] : [answer.keepForMs, writeKeptAnswer(answer.kept)];
      const [reply] = await Promise.all([
        run('commit', keysOf(channelId), holder, `${charged}`, ...kept, ...viewOf(view)),
        listed,
      ]);
      first.delete(holder);
      const [kind, record] = listOf(reply);
      if (kind === 'not-held') return { kind };
      if (kind !== 'committed') throw unexpected(reply);
      await replicated?.();
      return { kind, record: readRecord(channelId, record) };
    },
    async end(channelId, holder, refund) {
      await stillDurable();
      const listed = first.has(holder) ? inTime(redis.call('SADD', index, channelId)) : undefined;
      const [isHeld] = await Promise.all([
        run('end', [keyOf(channelId)], holder, JSON.stringify(refund)),
        listed,
      ]);
      first.delete(holder);
      await replicated?.();
      return isHeld === 1;
    },
    async ended(channelId, txHash, settlement) {
      await run('ended', [keyOf(channelId)], txHash, settlement);
      await replicated?.();
    },
    async release(channelId, holder) {
      first.delete(holder);
      await run('release', [keyOf(channelId)], holder);
    },
    async renew(channelId, holder, leaseMs) {
      return (await run('renew', [keyOf(channelId)], holder, leaseMs)) === 1;
    },
    async read(channelId) {
      const reply = await run('read', [keyOf(channelId)]);
      return listOf(reply)[0] === null ? undefined : readRecord(channelId, reply);
    },
    async *list() {
      let cursor = '0';
      const seen = new Set<string>();
      do {
        const [next, ids] = listOf(await inTime(redis.call('SSCAN', index, cursor, 'COUNT', SCAN_COUNT)));
        cursor = String(next);
        const fresh = listOf(ids)
          .map(String)
          .filter((id) => !seen.has(id));
        for (const id of fresh) seen.add(id);
        for (const record of await Promise.all(fresh.map((id) => store.read(id))))
          if (record?.iou !== undefined) yield record;
      } while (cursor !== '0');
    },
    async observe(channelId, view, note) {
      const args = [...viewOf(view), ...(note === undefined ? [] : [note])];
      const reply = await run('observe', [keyOf(channelId)], ...args);
      await replicated?.();
      return reply === null ? undefined : readRecord(channelId, reply);
    },
    async remove(channelId, charged) {
      const isGone = Number(await run('remove', keysOf(channelId), `${charged}`)) > 0;
      if (isGone) await inTime(redis.call('SREM', index, channelId));
      return isGone;
    },
  };
  return store;
}

/** `p-timeout` makes its error for every call in advance, which costs a tenth of what a voucher does. */
function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`expected Redis to answer within ${timeoutMs} ms, found no answer`));
    const timer = setTimeout(late, timeoutMs);
    const end = () => clearTimeout(timer);
    promise.then(end, end);
    promise.then(resolve, reject);
  });
}

function viewOf(view: ChannelView | undefined): Argument[] {
  if (view === undefined) return [];
  return [view.channelRef, `${view.balance}`, `${view.totalClaimed}`, view.withdrawRequestedAt];
}

const unexpected = (reply: unknown) =>
  new Error(`expected a reply of the store’s scripts, found ${JSON.stringify(reply)}`);

function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw unexpected(reply);
  return reply;
}

function readReserved(channelId: string, reply: unknown): Reserved {
  const [kind, fields, more] = listOf(reply);
  switch (kind) {
    case 'busy':
      return { kind };
    case 'ask-facilitator':
      return { kind, record: fields === undefined ? undefined : readRecord(channelId, fields) };
    case 'other-count':
    case 'ending':
      return { kind, record: readRecord(channelId, fields) };
    case 'answered':
      return { kind, record: readRecord(channelId, fields), answer: readKeptAnswer(String(more)) };
    case 'reserved': {
      const record = readRecord(channelId, fields);
      return { kind, record, restored: record.charged - BigInt(String(more)) };
    }
    default:
      throw unexpected(reply);
  }
}

function readRecord(channelId: string, reply: unknown): ChannelRecord {
  const [terms, charged, claimed, balance, ref, closed, synced, iou, signature, note, refund] = listOf(reply);
  return {
    channelId,
    ...readTerms(String(terms)),
    channelRef: String(ref),
    balance: BigInt(String(balance)),
    totalClaimed: BigInt(String(claimed)),
    withdrawRequestedAt: Number(closed),
    charged: BigInt(String(charged)),
    iou: iou === null ? undefined : { amount: BigInt(String(iou)), signature: String(signature) },
    syncedAtMs: Number(synced),
    note: String(note),
    refund: typeof refund === 'string' ? readRefund(refund) : undefined,
  };
}
