import {
  type AssetId,
  type ChannelChange,
  KNOWN_ASSET_IDS,
  type Network,
  ok,
  type Result,
} from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { amountField, answered, countField, parseStored, readStored } from '../redis/index.js';
import { journalKeys } from './keys.js';

/** What is known of channels by what was settled on them here. */
export type ChannelBooks = {
  /** Channels that can still be claimed from. */
  readonly open: number;
  /** What they hold, in atomic units, by asset; assets that are not known are summed as `other`. */
  readonly locked: ReadonlyMap<AssetId | 'other', bigint>;
  /** When the oldest claim that is not done was accepted, POSIX milliseconds. */
  readonly oldestClaimAtMs: number | undefined;
};

/** The changes as the scripts read them: `[channelId, asset, before, after]`. */
export function encodeChanges(changes: readonly ChannelChange[]): string {
  return JSON.stringify(
    changes.map(({ channelId, asset, before, after }) => [channelId, asset, `${before}`, `${after}`]),
  );
}

const booksSchema = z.object({ open: countField.default(0) }).catchall(amountField);

/**
 * Reads a network's books of channels in one round trip; an error says that they are damaged.
 *
 * @throws JournalUnavailableError when Redis does not answer.
 */
export async function readChannelBooks(
  redis: Redis,
  network: Network,
): Promise<Result<ChannelBooks, string>> {
  const keys = journalKeys(network);
  // Issued in one turn, ioredis writes them in one go.
  const [books, claims] = await Promise.all([
    readStored(() => redis.hgetall(keys.channels)),
    answered(() => redis.zrange(keys.claims, 0, '0', 'WITHSCORES')),
  ]);
  if (!books.ok) return books;
  const parsed = parseStored(booksSchema, books.value);
  if (!parsed.ok) return parsed;
  const { open, ...sums } = parsed.value;
  const lockedOf = (asset: AssetId | 'other') =>
    (sums[`locked:${asset}`] ?? 0n) - (sums[`unlocked:${asset}`] ?? 0n);
  const assets = [...(KNOWN_ASSET_IDS as readonly AssetId[]), 'other'] as const;
  const [, oldest] = claims;
  return ok({
    open,
    locked: new Map(assets.map((asset) => [asset, lockedOf(asset)])),
    oldestClaimAtMs: oldest === undefined ? undefined : Number(oldest),
  });
}
