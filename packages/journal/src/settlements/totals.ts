import { type AssetId, err, type Network, ok, type Result } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { amountField, answered, countField, parseStored, readStored } from '../redis/index.js';
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

/** Totals that are damaged: they are left as they are. */
export type UnreadableTotals = { readonly network: Network; readonly reason: string };

export interface JournalTotals {
  /**
   * Reads the totals of these networks in one round trip.
   *
   * @throws JournalUnavailableError when Redis does not answer.
   */
  read(networks: readonly Network[]): Promise<readonly Result<Totals, UnreadableTotals>[]>;
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
              readStored(() => redis.hgetall(keys.totals)),
              redis.zcard(keys.pending),
            ]);
            return fields.ok
              ? decodeTotals(network, fields.value, pending)
              : err({ network, reason: fields.error });
          }),
        ),
      ),
  };
}

const count = countField.default(0);
const countsSchema = z.object({
  sinceMs: countField.exactOptional(),
  firstSettledAtMs: countField.exactOptional(),
  accepted: count,
  confirmed: count,
  failed: count,
  expired: count,
  uncounted: count,
});
const sumsSchema = z.record(z.string(), amountField);

const PAID = 'paid:';
const REVERSED = 'reversed:';

function decodeTotals(
  network: Network,
  fields: Readonly<Record<string, string>>,
  pending: number,
): Result<Totals, UnreadableTotals> {
  const isSum = ([name]: readonly [string, string]) => name.startsWith(PAID) || name.startsWith(REVERSED);
  const counts = parseStored(countsSchema, fields);
  const sums = parseStored(sumsSchema, Object.fromEntries(Object.entries(fields).filter(isSum)));
  if (!counts.ok) return err({ network, reason: counts.error });
  if (!sums.ok) return err({ network, reason: sums.error });
  return ok({ network, ...counts.value, pending, volume: volumeOf(sums.value) });
}

function volumeOf(sums: Readonly<Record<string, bigint>>): ReadonlyMap<AssetId, bigint> {
  return new Map(
    Object.entries(sums).flatMap(([name, paid]) => {
      if (!name.startsWith(PAID)) return [];
      const asset = name.slice(PAID.length);
      return [[asset as AssetId, paid - (sums[`${REVERSED}${asset}`] ?? 0n)] as const];
    }),
  );
}
