import type { Network, TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import { answered, defineScript, type OnNetwork, scanKeys } from '../redis/index.js';
import { journalKeys } from '../settlements/keys.js';
import { decodeIds } from '../settlements/replies.js';
import { adoptScript, markArchivedScript } from '../settlements/scripts/archive.js';
import type { Reading } from '../settlements/settlement.js';
import { ARCHIVED_FIELDS, type ArchivedFields, decodeArchived } from './archived-record.js';

/** A record that ended for good, as it is archived. */
export type ArchivableRecord = {
  readonly txHash: TxHash;
  /** `undefined` where Redis has no record of it any more. */
  readonly reading: Reading;
  readonly fields: ArchivedFields;
  /** The signed receipt as JSON. */
  readonly receipt: string | undefined;
};

export type ArchiveBacklog = {
  /** Whole, and not archived. */
  readonly due: number;
  /** Ended for good; a receipt or a collection may still come. */
  readonly waiting: number;
  /** Since when the oldest is due, POSIX ms. */
  readonly oldestDueMs: number | undefined;
};

/**
 * What ended on one network and is not archived. Redis lets go of none of it before `mark`.
 *
 * @throws JournalUnavailableError from every method when Redis does not answer.
 */
export interface ArchiveQueue {
  /** Due at `nowMs`, the oldest first. */
  due(nowMs: number, limit: number): Promise<readonly TxHash[]>;
  read(txHashes: readonly TxHash[]): Promise<readonly ArchivableRecord[]>;
  /** Lets Redis forget these as if there were no archive. One that has changed since it was read stays due. */
  mark(records: readonly ArchivableRecord[], nowMs: number): Promise<readonly TxHash[]>;
  /** Postpones what cannot be written now. */
  postpone(txHashes: readonly TxHash[], untilMs: number): Promise<void>;
  /** Lists what ended without being listed: before there was an archive, or by an older version. Scans all keys. */
  adopt(nowMs: number): Promise<number>;
}

/**
 * What ended on one network and is not archived at `nowMs`, in numbers.
 *
 * @throws JournalUnavailableError when Redis does not answer.
 */
export function readArchiveBacklog({ redis, network }: OnNetwork, nowMs: number): Promise<ArchiveBacklog> {
  const { archiveDue } = journalKeys(network);
  return answered(async () => {
    const until = Math.floor(nowMs);
    const [due, all, [, oldest]] = await Promise.all([
      redis.zcount(archiveDue, '-inf', until),
      redis.zcard(archiveDue),
      redis.zrange(archiveDue, 0, '0', 'WITHSCORES'),
    ]);
    const oldestMs = oldest === undefined ? undefined : Number(oldest);
    const isDue = oldestMs !== undefined && oldestMs <= until;
    return { due, waiting: all - due, oldestDueMs: isDue ? oldestMs : undefined };
  });
}

export function createArchiveQueue(options: {
  readonly redis: Redis;
  readonly network: Network;
  /** As the journal's. */
  readonly retentionMs: number;
}): ArchiveQueue {
  const { redis, network, retentionMs } = options;
  const { archiveDue, prefix, record } = journalKeys(network);
  const mark = defineScript(redis, markArchivedScript);
  const adopt = defineScript(redis, adoptScript);
  return {
    async due(nowMs, limit) {
      const until = Math.floor(nowMs);
      return decodeIds(
        await answered(() => redis.zrangebyscore(archiveDue, '-inf', until, 'LIMIT', 0, limit)),
      );
    },

    read: (txHashes) =>
      answered(() =>
        // Issued in one turn, ioredis writes them in one go.
        Promise.all(
          txHashes.map(async (txHash) => {
            const [receipt, ...values] = await redis.hmget(record(txHash), 'receipt', ...ARCHIVED_FIELDS);
            const fields = Object.fromEntries(
              ARCHIVED_FIELDS.flatMap((field, place) => {
                const value = values[place];
                return value == null ? [] : [[field, value] as const];
              }),
            );
            const reading = decodeArchived(network, txHash, fields);
            return { txHash, reading, fields, receipt: receipt ?? undefined };
          }),
        ),
      ),

    async mark(records, nowMs) {
      if (records.length === 0) return [];
      const entries = records.flatMap(({ txHash, fields, receipt }) => [
        txHash,
        fields.revision ?? '',
        receipt === undefined ? '' : '1',
      ]);
      const marked = await mark([archiveDue], [prefix, Math.floor(nowMs), retentionMs, ...entries]);
      return Array.isArray(marked) ? decodeIds(marked.map(String)) : [];
    },

    async postpone(txHashes, untilMs) {
      const scored = txHashes.flatMap((txHash) => [Math.ceil(untilMs), txHash]);
      if (scored.length > 0) await answered(() => redis.zadd(archiveDue, 'XX', ...scored));
    },

    async adopt(nowMs) {
      let adopted = 0;
      for await (const names of scanKeys(redis, record('' as TxHash)))
        adopted += Number(
          await adopt([archiveDue], [prefix, Math.floor(nowMs), retentionMs, ...decodeIds(names)]),
        );
      return adopted;
    },
  };
}
