import { randomBytes } from 'node:crypto';
import { err, type Network, ok, type Result } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered, defineScript, parseStored, readStored, type Script, scanKeys } from '../redis/index.js';
import { journalKeys } from '../settlements/keys.js';
import { sponsorshipKeys } from './keys.js';
import {
  decodeBindReply,
  decodeCloseReply,
  decodePublishReply,
  decodeReserveReply,
  decodeRestoreReply,
  decodeSignReply,
  decodeSponsorship,
} from './replies.js';
import { bindScript } from './scripts/bind.js';
import { closeScript } from './scripts/close.js';
import { markSignedScript } from './scripts/mark-signed.js';
import { POOL_SCRIPT_ARGUMENTS, POOL_SCRIPT_KEYS } from './scripts/prelude.js';
import { publishPoolScript } from './scripts/publish-pool.js';
import { reserveScript } from './scripts/reserve.js';
import { restoreScript } from './scripts/restore.js';
import { unbindScript } from './scripts/unbind.js';
import { booksSchema, poolSchema, type SponsorshipLimits, type SponsorshipReading } from './sponsorship.js';
import type { SponsorshipStore } from './store.js';

/** How long the store keeps ended sponsorships. Milliseconds. */
export type SponsorshipRetention = {
  /** `settle.retentionSeconds`: sponsorships that a transaction was bound to. */
  readonly usedMs: number;
  /** Unused reservations: long enough to tell their payers that they expired. */
  readonly unusedMs: number;
};

export const DEFAULT_SPONSORSHIP_RETENTION: SponsorshipRetention = {
  usedMs: 86_400_000,
  unusedMs: 600_000,
};

const DAY_MS = 86_400_000;

/** The pool of one network on a real Redis. Any number of processes may use it at once. */
export function createSponsorshipStore({
  redis,
  network,
  retention = DEFAULT_SPONSORSHIP_RETENTION,
  now = Date.now,
}: {
  readonly redis: Redis;
  readonly network: Network;
  readonly retention?: SponsorshipRetention;
  /** POSIX milliseconds. */
  readonly now?: () => number;
}): SponsorshipStore {
  const keys = sponsorshipKeys(network);
  const journal = journalKeys(network);
  const scripts = {
    publish: defineScript(redis, publishPoolScript),
    reserve: defineScript(redis, reserveScript),
    bind: defineScript(redis, bindScript),
    unbind: defineScript(redis, unbindScript),
    sign: defineScript(redis, markSignedScript),
    restore: defineScript(redis, restoreScript),
    close: defineScript(redis, closeScript),
  };
  const nowWhole = () => Math.floor(now());
  const run = (
    script: Script,
    args: readonly (string | number | bigint)[],
    { nowMs = nowWhole(), moreKeys = [] }: { nowMs?: number; moreKeys?: readonly string[] } = {},
  ) => {
    const shared = {
      prefix: keys.prefix,
      journalPrefix: journal.prefix,
      nowMs,
      retentionMs: retention.usedMs,
      unusedRetentionMs: retention.unusedMs,
    };
    return script(
      [...POOL_SCRIPT_KEYS.map((name) => keys[name]), ...moreKeys],
      [...POOL_SCRIPT_ARGUMENTS.map((name) => shared[name]), ...args].map(String),
    );
  };
  const hashAt = (key: string): Promise<Result<Readonly<Record<string, string>>, string>> =>
    readStored(() => redis.hgetall(key));
  const read = async (id: string): Promise<SponsorshipReading> => {
    const stored = await hashAt(keys.reservation(id));
    return stored.ok ? decodeSponsorship(id, stored.value, now()) : err({ id, reason: stored.error });
  };

  return {
    async publishPool({ fence, ttlMs, changeAddress, size, coinsPerUtxoByte, breaker, outputs }) {
      const entries = outputs.flatMap(({ output, lovelace }) => [output, lovelace]);
      const meta = [fence, Math.ceil(ttlMs), changeAddress, size, coinsPerUtxoByte, breaker ?? ''];
      const moreKeys = [journal.leaseFence];
      return decodePublishReply(await run(scripts.publish, [...meta, ...entries], { moreKeys }));
    },

    async readPool() {
      const stored = await hashAt(keys.pool);
      if (!stored.ok) return stored;
      return Object.keys(stored.value).length === 0 ? ok(undefined) : parseStored(poolSchema, stored.value);
    },

    async reserve({
      caller,
      payer,
      maxFeeLovelace,
      minAdaLovelace,
      ttlMs,
      maxConcurrent,
      callerShare,
      limits,
    }) {
      const nowMs = nowWhole();
      const id = randomBytes(16).toString('hex');
      const day = dayOf(nowMs);
      const expiresAtMs = nowMs + Math.ceil(ttlMs);
      const terms = [id, network, caller, payer, maxFeeLovelace, minAdaLovelace, expiresAtMs];
      const args = [...terms, maxConcurrent, day, ...inOrder(limits), callerShare];
      const nextDayMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
      return decodeReserveReply(await run(scripts.reserve, args, { nowMs }), {
        id,
        nextDayMs,
      });
    },

    read,

    async bind({ id, txHash, payer, input, transactionExpiresAtMs }) {
      const args = [id, txHash, payer, input, Math.ceil(transactionExpiresAtMs)];
      return decodeBindReply(await run(scripts.bind, args), id);
    },

    async unbind({ id, txHash }) {
      return (await run(scripts.unbind, [id, txHash])) === 1;
    },

    async markSigned({ id, txHash, feeLovelace, lentLovelace, limits }) {
      const args = [id, txHash, feeLovelace, lentLovelace, ...inOrder(limits)];
      return decodeSignReply(await run(scripts.sign, args), id);
    },

    async restore({ id, txHash, payer, input, lovelace, changeAddress, ...cost }) {
      const { feeLovelace, lentLovelace, signedAtMs, transactionExpiresAtMs } = cost;
      const spending = [id, network, txHash, payer, input, lovelace, changeAddress, dayOf(signedAtMs)];
      const args = [...spending, feeLovelace, lentLovelace, Math.ceil(transactionExpiresAtMs)];
      return decodeRestoreReply(await run(scripts.restore, args));
    },

    async close({ id, txHash, as }) {
      return decodeCloseReply(await run(scripts.close, [id, txHash, as]), id);
    },

    async bound(limit) {
      const ids = await answered(() => redis.zrange(keys.bound, 0, String(limit - 1)));
      return Promise.all(ids.map(read));
    },

    async counts() {
      const [known, free, taken, bound] = await answered(() =>
        Promise.all([
          redis.hlen(keys.known),
          redis.zcard(keys.free),
          redis.hlen(keys.taken),
          redis.zcard(keys.bound),
        ]),
      );
      return { known, free, reserved: taken - bound, bound };
    },

    async books() {
      const stored = await hashAt(keys.books);
      return stored.ok ? parseStored(booksSchema, stored.value) : stored;
    },

    async *all() {
      for await (const ids of scanKeys(redis, keys.reservation(''))) yield await Promise.all(ids.map(read));
    },
  };
}

/** The UTC day, YYYY-MM-DD. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

function inOrder(limits: SponsorshipLimits): readonly bigint[] {
  return [limits.perPayerLovelace, limits.perKeyLovelace, limits.perDayLovelace];
}
