import {
  LOVELACE,
  type Network,
  type OutRefKey,
  outRefKey,
  parseTxHash,
  type Result,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import {
  connectRedis,
  createRedisJournal,
  disconnectRedis,
  type Journal,
  redisSettingsFromUrl,
  SETTLEMENT_STATES,
  type Settlement,
  type SettlementIndex,
  type SettlementState,
  type TransitionRequest,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { JournalPolicy } from '../../src/settlements/journal-policy.js';
import type { SettlementClaim } from '../../src/settlements/settlement.js';

export const NETWORK: Network = 'cardano:preview';
export const BLOCK = { hash: 'b1'.repeat(32), height: 100, slot: slot(2_000) };

/** The transaction id that stands for a number. */
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
    txHash: txHash(seed),
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
    method: 'default',
    hasScripts: false,
    ...overrides,
  };
}

/** What a reading must hold. */
export function present<T>(reading: Result<T | undefined, unknown>): T {
  if (reading.ok && reading.value !== undefined) return reading.value;
  throw new Error(`expected a value, found ${reading.ok ? 'none' : JSON.stringify(reading.error)}`);
}

/** What a worker knows by the time of a state. */
const TOLD: Readonly<Record<SettlementState, object>> = {
  queued: {},
  submitting: {},
  submitted: {},
  ambiguous: {},
  included: { block: BLOCK, confirmations: 0 },
  confirmed: { confirmations: 1 },
  failed: {
    errorReason: 'exact_cardano_settlement_definitively_rejected',
    errorMessage: 'the node refused it',
  },
  expired: {
    errorReason: 'invalid_exact_cardano_payload_ttl_expired',
    errorMessage: 'its TTL has passed',
    proof: { kind: 'ttl-passed', ttl: slot(5_000), tip: BLOCK },
  },
};

/** A settlement in each state; the confirmed one is in a block and final. */
export function settlementIn(state: SettlementState): Settlement {
  const { signedTransaction: _bytes, ...claim } = claimOf(1);
  const isIn = (...states: readonly SettlementState[]) => states.includes(state);
  return {
    ...claim,
    kind: 'payment',
    state,
    revision: 1,
    attempts: isIn('queued') ? 0 : 1,
    queuedAtMs: 0,
    ...(isIn('submitted') ? { submittedAtMs: 1 } : {}),
    ...(isIn('included', 'confirmed') ? { block: BLOCK, confirmations: 1, includedAtMs: 2 } : {}),
    ...(isIn('confirmed') ? { finality: 'final' } : {}),
    ...(isIn('failed', 'expired') ? TOLD[state] : {}),
    ...(isIn('confirmed', 'failed', 'expired') ? { endedAtMs: 3, finalAtMs: 4, firstEndedRevision: 1 } : {}),
  } as Settlement;
}

/**
 * A change from any state to any other, with the data that the new state needs. It also makes changes that no real
 * caller could ask for.
 *
 * @param state the state before, where it decides what the change needs.
 */
export function changeTo(
  to: SettlementState,
  request: Pick<TransitionRequest, 'txHash'> & Partial<Omit<TransitionRequest, 'to'>>,
  state?: SettlementState,
): TransitionRequest {
  // But for a node's acceptance, a confirmation has a block.
  const isFirstBlock =
    to === 'confirmed' && (state === 'queued' || state === 'submitting' || state === 'ambiguous');
  const change = { ...TOLD[to], ...(isFirstBlock ? { block: BLOCK } : {}), ...request.change };
  return { network: NETWORK, from: SETTLEMENT_STATES, ...request, to, change } as TransitionRequest;
}

/** A journal on its own Redis, with a clock that the test controls. */
export type JournalHarness = {
  readonly url: string;
  readonly redis: Redis;
  readonly journal: Journal & SettlementIndex;
  /** Opens another connection, for a second replica. */
  connect(role?: 'producer' | 'worker' | 'subscriber'): Redis;
  /** Fixes the time, POSIX ms; `undefined` lets it run again. */
  at(nowMs: number | undefined): void;
  close(): Promise<void>;
};

export async function openJournal(
  policy: Partial<JournalPolicy> = {},
  options: Parameters<typeof startRedis>[0] = {},
): Promise<JournalHarness> {
  const server = await startRedis(options);
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

/**
 * One journal for the tests of a file or a `describe`. It is empty, with a running clock, at the start of each test.
 */
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
