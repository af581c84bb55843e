import type { Network, TxHash } from '@x402-facilitator/cardano';
import { LRUCache } from 'lru-cache';
import pTimeout from 'p-timeout';
import type { Dialect } from './connect.js';
import { ArchiveUnavailableError } from './errors.js';
import type { ArchivedSettlement, ArchiveFilter } from './read.js';
import type { ArchiveEntry, WriteOutcome } from './write.js';

/** @throws ArchiveUnavailableError from every method when the archive cannot be asked. */
export interface ArchiveReader {
  /** The settlement of a transaction on one of these networks. */
  find(networks: readonly Network[], txHash: TxHash): Promise<ArchivedSettlement | undefined>;
}

/** @throws ArchiveUnavailableError from every method when the archive cannot be asked. */
export interface Archive extends ArchiveReader {
  readonly dialect: Dialect;
  /** @throws ArchiveBehindError when `migrate` has to run first. */
  check(): Promise<void>;
  migrate(): Promise<readonly string[]>;
  write(entries: readonly ArchiveEntry[], nowMs: number): Promise<readonly WriteOutcome[]>;
  pages(filter: ArchiveFilter): AsyncIterable<readonly ArchivedSettlement[]>;
  /** Replaces what names a person, and returns in how many rows. */
  erase(address: string, nowMs: number): Promise<number>;
  /** Deletes a batch of what ended before a time, and returns how many rows that were. */
  prune(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}

/** How long the archive is not asked again after it did not answer: those who wait for it would only add up. */
const REST_MS = 1_000;
/** Questions at a time. More are not asked: strangers may name transactions as fast as they like. */
const MOST_QUESTIONS = 32;
/** Transactions that the archive was found not to hold, and for how long that is believed. */
const KNOWN_ABSENT = { max: 10_000, ttl: 10_000 };

/**
 * The archive as strangers may reach it: each question has an end, few are asked at a time, and what is not there is not
 * asked for again at once. A settlement that is not there yet is in Redis for longer than its absence is remembered.
 */
export function guardReader(
  archive: ArchiveReader,
  { timeoutMs, now = () => performance.now() }: { readonly timeoutMs: number; readonly now?: () => number },
): ArchiveReader {
  const absent = new LRUCache<string, true>(KNOWN_ABSENT);
  let questions = 0;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  return {
    async find(networks, txHash) {
      const name = `${networks.join()} ${txHash}`;
      if (absent.has(name)) return undefined;
      if (now() < restUntilMs) throw new ArchiveUnavailableError('the archive did not answer a moment ago');
      if (questions >= MOST_QUESTIONS) throw new ArchiveUnavailableError('the archive is asked too much now');
      questions += 1;
      const answer = archive.find(networks, txHash).finally(() => {
        questions -= 1;
      });
      // What comes too late is not waited for.
      answer.catch(() => undefined);
      try {
        const found = await pTimeout(answer, {
          milliseconds: timeoutMs,
          message: new ArchiveUnavailableError(`the archive did not answer within ${timeoutMs} ms`),
        });
        if (found === undefined) absent.set(name, true);
        return found;
      } catch (error) {
        if (error instanceof ArchiveUnavailableError) restUntilMs = now() + REST_MS;
        throw error;
      }
    },
  };
}
