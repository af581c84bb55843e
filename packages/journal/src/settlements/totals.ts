import type { AssetId, Network } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered } from '../redis/index.js';
import { journalKeys } from './keys.js';

/** Everything that one network has settled since the journal began to count. Times are POSIX milliseconds. */
export type Totals = {
  readonly network: Network;
  /** Unset until a payment was accepted. */
  readonly sinceMs?: number;
  readonly firstSettledAtMs?: number;
  /** Claims ever made. */
  readonly accepted: number;
  /** In flight now. */
  readonly pending: number;
  readonly confirmed: number;
  readonly failed: number;
  readonly expired: number;
  /** Confirmed payments in assets beyond those that have a sum of their own. */
  readonly uncounted: number;
  /** Confirmed payments in atomic units, by asset. */
  readonly volume: ReadonlyMap<AssetId, bigint>;
};

export interface JournalTotals {
  /**
   * Reads the totals of these networks in one round trip.
   *
   * @throws JournalUnavailableError when Redis does not answer.
   */
  read(networks: readonly Network[]): Promise<readonly Totals[]>;
}

export function createJournalTotals(redis: Redis): JournalTotals {
  return {
    read: (networks) =>
      // Issued in one turn, ioredis writes them in one go.
      answered(() =>
        Promise.all(
          networks.map(async (network) => {
            const keys = journalKeys(network);
            const [fields, pending] = await Promise.all([
              redis.hgetall(keys.totals),
              redis.zcard(keys.pending),
            ]);
            return decodeTotals(network, fields, pending);
          }),
        ),
      ),
  };
}

function decodeTotals(network: Network, fields: Readonly<Record<string, string>>, pending: number): Totals {
  const count = (name: string) => Number(fields[name] ?? '0');
  const time = (name: 'sinceMs' | 'firstSettledAtMs') =>
    fields[name] === undefined ? {} : { [name]: count(name) };
  return {
    network,
    ...time('sinceMs'),
    ...time('firstSettledAtMs'),
    accepted: count('accepted'),
    pending,
    confirmed: count('confirmed'),
    failed: count('failed'),
    expired: count('expired'),
    uncounted: count('uncounted'),
    volume: volumeOf(fields),
  };
}

const PAID = 'paid:';

function volumeOf(fields: Readonly<Record<string, string>>): ReadonlyMap<AssetId, bigint> {
  return new Map(
    Object.entries(fields).flatMap(([name, paid]) => {
      if (!name.startsWith(PAID)) return [];
      const asset = name.slice(PAID.length);
      return [[asset as AssetId, BigInt(paid) - BigInt(fields[`reversed:${asset}`] ?? '0')] as const];
    }),
  );
}
