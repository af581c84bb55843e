import { createHash } from 'node:crypto';
import type { Network, OutRefKey, TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import type { Journal, SettlementIndex } from './journal.js';
import { type JournalKeys, journalKeys } from './keys.js';
import { decodeRecord, encodeChange, encodeClaim, RECORD_FIELDS } from './record.js';
import {
  decodeClaimReply,
  decodeDeliverReply,
  decodeReserveReply,
  decodeTransitionReply,
  txHashOf,
} from './replies.js';
import { claimScript } from './scripts/claim.js';
import { completeScript } from './scripts/complete.js';
import { concludeScript } from './scripts/conclude.js';
import { answered, defineScript } from './scripts/define.js';
import { deliverScript } from './scripts/deliver.js';
import { RECORD_SCRIPT_ARGUMENTS, RECORD_SCRIPT_KEYS } from './scripts/prelude.js';
import { reserveScript } from './scripts/reserve.js';
import { transitionScript } from './scripts/transition.js';
import type { InFlight, Settlement } from './settlement.js';
import { createSettlementIndex } from './settlement-index.js';
import type { SettlementState } from './states.js';

/** How long the journal keeps and watches things. Milliseconds. */
export type JournalPolicy = {
  /** `settle.retentionSeconds`: a terminal settlement stays readable past the later of settlement and TTL. */
  readonly retentionMs: number;
  /** `chain.follower.stabilityWindowSeconds`: a confirmation is watched for a rollback. */
  readonly stabilityMs: number;
  /** `chain.verification.graceBufferSeconds`: inputs are held for this long past the TTL. */
  readonly graceMs: number;
  /** How long a settlement may stay in a state before the sweeper looks at it. */
  readonly patienceMs: Readonly<Record<'queued' | 'submitting' | 'ambiguous' | 'submitted', number>>;
};

/** What a deployment keeps unless it says otherwise (docs/configuration.md). */
export const DEFAULT_JOURNAL_POLICY: JournalPolicy = {
  retentionMs: 86_400_000,
  stabilityMs: 600_000,
  graceMs: 30_000,
  // Queued: its job may have been lost. Submitting: longer than any submission takes. Submitted: longer than a block
  // usually takes, so that a payment on its way costs no look.
  patienceMs: { queued: 10_000, submitting: 30_000, ambiguous: 2_000, submitted: 90_000 },
};

export type RedisJournalOptions = {
  /** A `producer` connection in the API, a `worker` connection in the worker. */
  readonly redis: Redis;
  readonly policy?: Partial<JournalPolicy>;
  /** POSIX milliseconds. */
  readonly now?: () => number;
};

/** The settlement journal on a real Redis. Any number of processes may hold one. */
export function createRedisJournal(options: RedisJournalOptions): Journal & SettlementIndex {
  const { redis, now = Date.now } = options;
  const policy = { ...DEFAULT_JOURNAL_POLICY, ...options.policy };
  const scripts = {
    claim: defineScript(redis, claimScript),
    complete: defineScript(redis, completeScript),
    conclude: defineScript(redis, concludeScript),
    deliver: defineScript(redis, deliverScript),
    reserve: defineScript(redis, reserveScript),
    transition: defineScript(redis, transitionScript),
  };

  const sharedKeys = (keys: JournalKeys, transaction: TxHash): string[] => {
    const named = { ...keys, record: keys.record(transaction) };
    return RECORD_SCRIPT_KEYS.map((name) => named[name]);
  };
  const sharedArguments = (
    network: Network,
    transaction: TxHash,
    keys: JournalKeys,
    nowMs: number,
  ): (string | number)[] => {
    const { prefix, channel } = keys;
    const { stabilityMs, retentionMs } = policy;
    const named = { transaction, network, prefix, channel, nowMs, stabilityMs, retentionMs };
    return RECORD_SCRIPT_ARGUMENTS.map((name) => named[name]);
  };
  const nowWhole = () => Math.floor(now());

  const journal: Journal = {
    async claim(claim) {
      const keys = journalKeys(claim.network);
      const nowMs = nowWhole();
      const reply = await scripts.claim(
        [
          ...sharedKeys(keys, claim.transaction),
          keys.pause,
          claim.termsDigest === undefined ? keys.record(claim.transaction) : keys.terms(claim.termsDigest),
          ...claim.inputs.map(keys.hold),
        ],
        [
          ...sharedArguments(claim.network, claim.transaction, keys, nowMs),
          claim.binding,
          Math.ceil(claim.expiresAtMs + policy.graceMs),
          claim.termsDigest ?? '',
          nowMs + policy.patienceMs.queued,
          claim.signedTransaction,
          ...Object.entries(encodeClaim(claim, nowMs)).flat(),
          // Not among the record's fields: as the signed transaction, only its own reader moves it.
          ...(claim.sponsored === undefined ? [] : ['request', claim.sponsored.request]),
        ],
      );
      return decodeClaimReply(reply);
    },

    async reserve({ network, transaction, payer, inputs, ttlMs, maxConcurrent }) {
      const keys = journalKeys(network);
      const nowMs = nowWhole();
      const reply = await scripts.reserve(
        [keys.reservations(payer), ...inputs.map(keys.hold)],
        [transaction, keys.prefix, nowMs, nowMs + Math.ceil(ttlMs), maxConcurrent],
      );
      return decodeReserveReply(reply, maxConcurrent);
    },

    async read(network, transaction) {
      const [settlement] = await journal.readMany(network, [transaction]);
      return settlement;
    },

    readMany(network, transactions) {
      return readRecords(redis, network, transactions);
    },

    async readSignedTransaction(network, transaction) {
      const key = journalKeys(network).record(transaction);
      const bytes = await answered(() => redis.hgetBuffer(key, 'signedTransaction'));
      return bytes === null ? undefined : new Uint8Array(bytes);
    },

    async readRequest(network, transaction) {
      const key = journalKeys(network).record(transaction);
      return (await answered(() => redis.hget(key, 'request'))) ?? undefined;
    },

    async completeTransaction(network, transaction, bytes) {
      return (await scripts.complete([journalKeys(network).record(transaction)], [bytes])) === 1;
    },

    async inFlight(network, transaction, inputs, termsDigest): Promise<InFlight> {
      const keys = journalKeys(network);
      const [settlement, holders, boundTo] = await Promise.all([
        journal.read(network, transaction),
        inputs.length === 0 ? [] : answered(() => redis.mget(inputs.map(keys.hold))),
        termsDigest === undefined ? null : answered(() => redis.get(keys.terms(termsDigest))),
      ]);
      const index = holders.findIndex((holder) => holder !== null && holder !== transaction);
      const input: OutRefKey | undefined = inputs[index];
      return {
        ...(settlement === undefined ? {} : { settlement }),
        ...(input === undefined ? {} : { reserved: { input, heldBy: txHashOf(holders[index]) } }),
        ...(boundTo === null ? {} : { termsBoundTo: txHashOf(boundTo) }),
      };
    },

    async transition(request) {
      const { network, transaction, from, to, fence, leaseFence, change = {} } = request;
      const keys = journalKeys(network);
      const nowMs = nowWhole();
      const reply = await scripts.transition(sharedKeys(keys, transaction), [
        ...sharedArguments(network, transaction, keys, nowMs),
        from.join(','),
        to,
        fence ?? '',
        leaseFence ?? '',
        request.lookAgainAtMs ?? nowMs + patience(policy, to),
        ...Object.entries(encodeChange(change)).flat(),
      ]);
      return decodeTransitionReply(reply);
    },

    async deliver(network, transaction, idempotencyKey) {
      const keys = journalKeys(network);
      const reply = await scripts.deliver(sharedKeys(keys, transaction), [
        ...sharedArguments(network, transaction, keys, nowWhole()),
        // A caller's key may be long and may be a secret: its digest is enough to know it again.
        idempotencyKey === undefined ? '' : createHash('sha256').update(idempotencyKey).digest('hex'),
      ]);
      return decodeDeliverReply(reply);
    },

    async pending(network) {
      const keys = journalKeys(network);
      const [pending, watched] = await Promise.all([
        answered(() => redis.zrange(keys.pending, 0, '-1')),
        answered(() => redis.zrange(keys.watched, 0, '-1')),
      ]);
      // Whoever is confirmed already was queued before those that are not, give or take: no need to read them all.
      return [...new Set([...watched, ...pending])].map(txHashOf);
    },
  };

  return {
    ...journal,
    ...createSettlementIndex({
      redis,
      readMany: journal.readMany,
      conclude: (network, transaction, leaseFence) => {
        const keys = journalKeys(network);
        return scripts.conclude(sharedKeys(keys, transaction), [
          ...sharedArguments(network, transaction, keys, nowWhole()),
          leaseFence ?? '',
        ]);
      },
    }),
  };
}

/** A confirmation by mempool acceptance is as unsure as a submission: the sweeper looks after it alike. */
function patience(policy: JournalPolicy, state: SettlementState): number {
  const byState: Partial<Record<SettlementState, number>> = policy.patienceMs;
  return byState[state] ?? policy.patienceMs.submitted;
}

/** Few enough for one round trip not to hold up others on the same Redis. */
const READ_BATCH = 500;

async function readRecords(
  redis: Redis,
  network: Network,
  transactions: readonly TxHash[],
): Promise<readonly (Settlement | undefined)[]> {
  const keys = journalKeys(network);
  const settlements: (Settlement | undefined)[] = [];
  for (let start = 0; start < transactions.length; start += READ_BATCH) {
    const batch = transactions.slice(start, start + READ_BATCH);
    // Issued in one turn, ioredis writes them in one go.
    const replies = await answered(() =>
      Promise.all(batch.map((transaction) => redis.hmget(keys.record(transaction), ...RECORD_FIELDS))),
    );
    settlements.push(...replies.map(decodeRecord));
  }
  return settlements;
}
