import {
  LOVELACE,
  type Network,
  type OutRefKey,
  outRefKey,
  parseTxHash,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  type Journal,
  type JournalPolicy,
  redisSettingsFromUrl,
  type SettlementClaim,
  type SettlementIndex,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export const NETWORK: Network = 'cardano:preview';
export const BLOCK = { hash: 'b1'.repeat(32), height: 100, slot: slot(2_000) };

/** A transaction id that a number stands for. */
export function txHash(seed: number): TxHash {
  const parsed = parseTxHash(seed.toString(16).padStart(64, '0'));
  if (parsed === undefined) throw new RangeError(`no transaction id for ${seed}`);
  return parsed;
}

export function input(seed: number): OutRefKey {
  return outRefKey({ txHash: txHash(0xabc0000 + seed), index: 0 });
}

export function claimOf(seed: number, overrides: Partial<SettlementClaim> = {}): SettlementClaim {
  return {
    network: NETWORK,
    transaction: txHash(seed),
    binding: 'binding-1',
    payer: 'addr_test1payer',
    payTo: 'addr_test1payto',
    asset: LOVELACE,
    amount: 2_000_000n,
    requiredConfirmations: 1,
    inputs: [input(seed)],
    ttl: slot(5_000),
    expiresAtMs: Date.now() + 600_000,
    signedTransaction: new Uint8Array([0x84, 0x00, 0xff, seed & 0xff]),
    hasScripts: false,
    ...overrides,
  };
}

/** A journal on a Redis of its own, with a clock that the test holds. */
export type JournalHarness = {
  readonly url: string;
  readonly redis: Redis;
  readonly journal: Journal & SettlementIndex;
  /** Connects once more, for a second replica. */
  connect(role?: 'producer' | 'worker' | 'subscriber'): Redis;
  /** Fixes the time, POSIX ms; `undefined` lets it run again. */
  at(nowMs: number | undefined): void;
  close(): Promise<void>;
};

export async function openJournal(policy: Partial<JournalPolicy> = {}): Promise<JournalHarness> {
  const server = await startRedis();
  const settings = redisSettingsFromUrl(server.url);
  const connections: Redis[] = [];
  const connect = (role: 'producer' | 'worker' | 'subscriber' = 'worker') => {
    const connection = connectRedis({ settings, role, name: 'journal-test', onError: () => undefined });
    connections.push(connection);
    return connection;
  };
  const redis = connect();
  let nowMs: number | undefined;
  return {
    url: server.url,
    redis,
    journal: createRedisJournal({ redis, policy, now: () => nowMs ?? Date.now() }),
    connect,
    at(time) {
      nowMs = time;
    },
    async close() {
      await Promise.all(connections.map(disconnectRedis));
      await server.stop();
    },
  };
}

/** One journal for the tests of a file or a `describe`: empty, and with a running clock, at the start of each. */
export function useJournal(policy: Partial<JournalPolicy> = {}): Omit<JournalHarness, 'close'> {
  let opened: JournalHarness | undefined;
  const current = () => {
    if (opened === undefined) throw new Error('the journal is open only while a test runs');
    return opened;
  };
  beforeAll(async () => {
    opened = await openJournal(policy);
  });
  beforeEach(async () => {
    current().at(undefined);
    await current().redis.flushdb();
  });
  afterAll(() => opened?.close());
  return {
    get url() {
      return current().url;
    },
    get redis() {
      return current().redis;
    },
    get journal() {
      return current().journal;
    },
    connect: (role) => current().connect(role),
    at: (nowMs) => current().at(nowMs),
  };
}
