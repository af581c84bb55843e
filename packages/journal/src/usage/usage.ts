import { type AssetId, err, type Network, ok, type Result } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { STORED_KEYS } from '../keys/index.js';
import { amountField, answered, countField, decodeReply, defineScript, parseStored } from '../redis/index.js';
import { USAGE_PREFIX, verificationScript } from './script.js';

/** The UTC day or the calendar month that something counts to. */
export type UsagePeriod = 'day' | 'month';

/** A quota of a key that one more would break. */
export type QuotaReached = {
  readonly what: 'verifications' | 'settlements' | 'volume';
  readonly period: UsagePeriod;
  /** Of `volume`. */
  readonly asset: AssetId | undefined;
  readonly limit: bigint;
  readonly used: bigint;
  /** When the next period begins, POSIX milliseconds. */
  readonly endsAtMs: number;
  /** By Redis's clock. */
  readonly nowMs: number;
};

/** What the claim or the verification of a key may meet. */
export type KeyRefusal =
  | { readonly kind: 'quota-reached'; readonly quota: QuotaReached }
  | { readonly kind: 'key-revoked' };

/** What one key used on one network in one period. */
export type Usage = {
  /** `2026-11-27` or `2026-11`. */
  readonly period: string;
  /** When it ends, POSIX milliseconds. */
  readonly endsAtMs: number;
  readonly verifications: number;
  /** Claimed in the period; those that failed or expired are not used. */
  readonly settlements: {
    readonly used: number;
    readonly pending: number;
    readonly confirmed: number;
    readonly failed: number;
    readonly expired: number;
  };
  /** In atomic units: of what is used, and of that what is confirmed. */
  readonly volume: ReadonlyMap<AssetId, { readonly used: bigint; readonly confirmed: bigint }>;
};

export type UsageOfNetwork = { readonly network: Network } & Readonly<Record<UsagePeriod, Usage>>;

/** The usage of keys. @throws JournalUnavailableError from every method when Redis does not answer. */
export interface KeyUsage {
  /** Counts a verification, unless it may not be made. */
  countVerification(network: Network, keyName: string): Promise<Result<undefined, KeyRefusal>>;
  /** Of the present day and month by Redis's clock. Numbers that are damaged are left as they are, and count as none. */
  read(networks: readonly Network[], keyName: string): Promise<readonly UsageOfNetwork[]>;
}

export function createKeyUsage(redis: Redis): KeyUsage {
  const count = defineScript(redis, verificationScript);
  return {
    async countVerification(network, keyName) {
      const reply = await count([STORED_KEYS], [network, keyName]);
      const outcome = decodeReply<KeyRefusal | { readonly kind: 'counted' }>('verification', reply, {
        counted: () => ({ kind: 'counted' }),
        ...keyRefusals,
      });
      return outcome.kind === 'counted' ? ok(undefined) : err(outcome);
    },

    async read(networks, keyName) {
      const [seconds] = await answered(() => redis.time());
      const day = new Date(Number(seconds) * 1000).toISOString().slice(0, 'YYYY-MM-DD'.length);
      const readOne = async (network: Network, period: UsagePeriod): Promise<Usage> => {
        const of = period === 'day' ? day : day.slice(0, 'YYYY-MM'.length);
        const key = `${USAGE_PREFIX}:${network}:${period}:${of}:${keyName}`;
        return decodeUsage(of, endOf(period, day), await answered(() => redis.hgetall(key)));
      };
      // Issued in one turn, ioredis writes them in one go.
      return Promise.all(
        networks.map(async (network) => {
          const [ofDay, ofMonth] = await Promise.all([readOne(network, 'day'), readOne(network, 'month')]);
          return { network, day: ofDay, month: ofMonth };
        }),
      );
    },
  };
}

/** Reads what a script says of a key that may not do what it asks. */
export const keyRefusals = {
  'key-revoked': (): KeyRefusal => ({ kind: 'key-revoked' }),
  'quota-reached': (...[, day, seconds, ...quota]: unknown[]): KeyRefusal => {
    const [what, period, limit, claimed, released, asset] = quota.map(String);
    return {
      kind: 'quota-reached',
      quota: {
        what: what === 'volume' || what === 'settlements' ? what : 'verifications',
        period: period === 'month' ? 'month' : 'day',
        asset: asset as AssetId | undefined,
        limit: BigInt(limit ?? 0),
        used: BigInt(claimed ?? 0) - BigInt(released ?? 0),
        endsAtMs: endOf(period === 'month' ? 'month' : 'day', String(day)),
        nowMs: Number(seconds) * 1000,
      },
    };
  },
};

/** When the day, or the month of it, ends. */
function endOf(period: UsagePeriod, day: string): number {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return period === 'day' ? Date.UTC(year, month - 1, date + 1) : Date.UTC(year, month, 1);
}

const zero = countField.default(0);
const countsSchema = z.object({
  verifications: zero,
  claimed: zero,
  released: zero,
  confirmed: zero,
  reversed: zero,
  failed: zero,
  expired: zero,
});
const sumsSchema = z.record(z.string(), amountField);

function decodeUsage(period: string, endsAtMs: number, fields: Readonly<Record<string, string>>): Usage {
  const read = parseStored(countsSchema, fields);
  const counts = read.ok ? read.value : countsSchema.parse({});
  const confirmed = counts.confirmed - counts.reversed;
  const used = counts.claimed - counts.released;
  return {
    period,
    endsAtMs,
    verifications: counts.verifications,
    settlements: {
      used,
      pending: used - confirmed,
      confirmed,
      failed: counts.failed,
      expired: counts.expired,
    },
    volume: volumeOf(fields),
  };
}

const CLAIMED = 'claimed:';

function volumeOf(fields: Readonly<Record<string, string>>): Usage['volume'] {
  const named = Object.entries(fields).filter(([name]) => name.includes(':'));
  const parsed = parseStored(sumsSchema, Object.fromEntries(named));
  const sums = parsed.ok ? parsed.value : {};
  return new Map(
    Object.keys(sums).flatMap((name) => {
      if (!name.startsWith(CLAIMED)) return [];
      const asset = name.slice(CLAIMED.length);
      const sumOf = (what: string) => sums[`${what}:${asset}`] ?? 0n;
      return [
        [
          asset as AssetId,
          {
            used: sumOf('claimed') - sumOf('released'),
            confirmed: sumOf('confirmed') - sumOf('reversed'),
          },
        ] as const,
      ];
    }),
  );
}
