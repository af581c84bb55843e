import { randomUUID } from 'node:crypto';
import { type Network, type OutRefKey, ok, type TxHash } from '@x402-facilitator/cardano';
import type { Redis } from 'ioredis';
import {
  type AcknowledgedWrites,
  answered,
  defineScript,
  NotReplicatedError,
  readStored,
  type Script,
} from '../redis/index.js';
import { handedTo, namesOf, standsFor } from './calls.js';
import { type Journal, SettlementNotReplicatedError, type Unreadable } from './journal.js';
import { journalKeys } from './keys.js';
import { decodeSnapshot, encodeChange, encodeClaim } from './record.js';
import {
  type Asked,
  decodeClaimReply,
  decodeConcludeReply,
  decodeDeliverReply,
  decodeIds,
  decodeInFlightReply,
  decodeJoinReply,
  decodeRedeemReply,
  decodeReserveReply,
  decodeTransitionReply,
  txHashOf,
} from './replies.js';
import { claimScript } from './scripts/claim.js';
import { completeScript } from './scripts/complete.js';
import { concludeScript } from './scripts/conclude.js';
import { deliverScript } from './scripts/deliver.js';
import { inFlightScript } from './scripts/in-flight.js';
import { joinScript } from './scripts/join.js';
import { RECORD_SCRIPT_ARGUMENTS, RECORD_SCRIPT_KEYS } from './scripts/prelude.js';
import { readScript } from './scripts/read.js';
import { redeemScript } from './scripts/redeem.js';
import { reserveScript } from './scripts/reserve.js';
import { takeBackDeliveryScript } from './scripts/take-back-delivery.js';
import { transitionScript } from './scripts/transition.js';
import type { Reading, UnreadableSettlement } from './settlement.js';
import { createSettlementIndex, type SettlementIndex } from './settlement-index.js';
import type { SettlementState } from './states.js';
import { createUnreadableRecords } from './unreadable.js';

/** How long the journal keeps and watches records. Milliseconds. */
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

/** The defaults of a deployment (docs/configuration.md). */
export const DEFAULT_JOURNAL_POLICY: JournalPolicy = {
  retentionMs: 86_400_000,
  stabilityMs: 600_000,
  graceMs: 30_000,
  // Queued: its job may have been lost. Submitting: longer than any submission takes. Submitted: longer than a block
  // usually takes, so that a normal payment needs no look-up.
  patienceMs: { queued: 10_000, submitting: 30_000, ambiguous: 2_000, submitted: 90_000 },
};

export type RedisJournalOptions = {
  /** A `producer` connection in the API, a `worker` connection in the worker. */
  readonly redis: Redis;
  /** Claims and deliveries wait for replicas. Unset: one node's own word is enough. */
  readonly acknowledged?: AcknowledgedWrites | undefined;
  readonly policy?: Partial<JournalPolicy>;
  /** Called once for each record that cannot be read. */
  readonly onUnreadable?: (record: UnreadableSettlement) => void;
  /** POSIX milliseconds. */
  readonly now?: () => number;
};

/** The settlement journal on a real Redis. Any number of processes may use it at once. */
export function createRedisJournal(options: RedisJournalOptions): Journal & SettlementIndex {
  const { redis, acknowledged, onUnreadable, now = Date.now } = options;
  const policy = { ...DEFAULT_JOURNAL_POLICY, ...options.policy };
  const unreadables = createUnreadableRecords({ onUnreadable, now });
  const define = acknowledged?.defineScript ?? ((script) => defineScript(redis, script));
  const scripts = {
    claim: define(claimScript),
    complete: defineScript(redis, completeScript),
    conclude: defineScript(redis, concludeScript),
    deliver: define(deliverScript),
    inFlight: defineScript(redis, inFlightScript),
    readReplicated: define(readScript),
    join: define(joinScript),
    read: defineScript(redis, readScript),
    redeem: defineScript(redis, redeemScript),
    reserve: defineScript(redis, reserveScript),
    takeBackDelivery: defineScript(redis, takeBackDeliveryScript),
    transition: defineScript(redis, transitionScript),
  };

  const nowWhole = () => Math.floor(now());
  /** Runs a script on one settlement. The shared keys and arguments come first. */
  const run = (
    script: Script,
    { network, txHash }: Asked,
    args: Parameters<Script>[1],
    { nowMs = nowWhole(), moreKeys = [] }: { nowMs?: number; moreKeys?: readonly string[] } = {},
  ): Promise<unknown> => {
    const keys = { ...journalKeys(network), record: journalKeys(network).record(txHash) };
    const { prefix, channel } = keys;
    const { stabilityMs, retentionMs } = policy;
    const shared = { transaction: txHash, network, prefix, channel, nowMs, stabilityMs, retentionMs };
    return script(
      [...RECORD_SCRIPT_KEYS.map((name) => keys[name]), ...moreKeys],
      [...RECORD_SCRIPT_ARGUMENTS.map((name) => shared[name]), ...args],
    );
  };
  /** As long as the record, or longer. */
  const keptUntilMs = ({ expiresAtMs }: { readonly expiresAtMs: number }, nowMs: number) =>
    Math.ceil(Math.max(nowMs, expiresAtMs)) + policy.retentionMs;
  const noted = <Outcome extends { readonly kind: string }>(outcome: Outcome | Unreadable) => {
    if (outcome.kind === 'unreadable' && 'record' in outcome) unreadables.note(outcome.record);
    return outcome;
  };

  const journal: Journal = {
    async claim(claim, call) {
      const keys = journalKeys(claim.network);
      const nowMs = nowWhole();
      const names = namesOf(call);
      const ran = run(
        scripts.claim,
        claim,
        [
          claim.binding,
          Math.ceil(claim.expiresAtMs + policy.graceMs),
          claim.termsDigest ?? '',
          nowMs + policy.patienceMs.queued,
          claim.inputs.length,
          keptUntilMs(claim, nowMs),
          claim.signedTransaction,
          ...Object.entries(encodeClaim(claim, nowMs)).flat(),
          // Not a field of the record: like the signed transaction, only its own reader fetches it.
          ...(claim.sponsored === undefined ? [] : ['request', claim.sponsored.request]),
        ],
        {
          nowMs,
          moreKeys: [
            keys.pause,
            claim.termsDigest === undefined ? keys.record(claim.txHash) : keys.terms(claim.termsDigest),
            ...claim.inputs.map(keys.hold),
            ...names.map(({ key }) => key),
          ],
        },
      );
      const { reply, unreplicated } = await splitReply(ran);
      const outcome = noted(
        decodeClaimReply(
          reply,
          claim,
          names.map(({ name }) => name),
        ),
      );
      if (unreplicated !== undefined && (outcome.kind === 'claimed' || outcome.kind === 'joined'))
        throw new SettlementNotReplicatedError(unreplicated, outcome.settlement);
      return outcome;
    },

    async awaitReplicas(settlement) {
      if (acknowledged === undefined) return;
      const { network, txHash, binding } = settlement;
      const key = journalKeys(network).record(txHash);
      const stored = await readStored(() => splitReply(scripts.readReplicated([key], [])));
      if (!stored.ok) return;
      const { reply, unreplicated } = stored.value;
      const reading = decodeSnapshot(network, txHash, String(reply));
      const isElsewhere = reading.ok && reading.value?.binding !== binding;
      const why = isElsewhere ? new Error(GONE) : unreplicated;
      if (why !== undefined) throw new SettlementNotReplicatedError(why, settlement);
    },

    async join(settlement, call) {
      const names = namesOf(call);
      if (names.length === 0 && acknowledged === undefined) return { kind: 'joined', settlement };
      const nowMs = nowWhole();
      const { reply, unreplicated } = await splitReply(
        run(scripts.join, settlement, [settlement.binding, keptUntilMs(settlement, nowMs)], {
          nowMs,
          moreKeys: names.map(({ key }) => key),
        }),
      );
      const outcome = decodeJoinReply(
        reply,
        settlement,
        names.map(({ name }) => name),
      );
      if (outcome.kind === 'gone' && acknowledged !== undefined)
        throw new SettlementNotReplicatedError(new Error(GONE), settlement);
      if (unreplicated !== undefined && outcome.kind === 'joined')
        throw new SettlementNotReplicatedError(unreplicated, settlement);
      return outcome.kind === 'gone' ? { kind: 'joined', settlement } : noted(outcome);
    },

    async readTakenName(call, payment) {
      const names = namesOf(call);
      if (names.length === 0) return undefined;
      const found = await answered(() => redis.mget(names.map(({ key }) => key)));
      const expected = standsFor(payment);
      return names.find((_, place) => found[place] != null && found[place] !== expected)?.name;
    },

    async reserve({ network, txHash, payer, inputs, ttlMs, maxConcurrent }) {
      const keys = journalKeys(network);
      const nowMs = nowWhole();
      const reply = await scripts.reserve(
        [keys.reservations(payer), ...inputs.map(keys.hold)],
        [txHash, keys.prefix, nowMs, nowMs + Math.ceil(ttlMs), maxConcurrent],
      );
      return decodeReserveReply(reply, maxConcurrent);
    },

    async read(network, txHash) {
      const [reading = ok(undefined)] = await journal.readMany(network, [txHash]);
      return reading;
    },

    async readMany(network, txHashes) {
      const readings = await readRecords(scripts.read, network, txHashes);
      for (const [index, txHash] of txHashes.entries()) {
        const reading = readings[index];
        if (reading !== undefined) unreadables.see(network, txHash, reading);
      }
      return readings;
    },

    async readSignedTransaction(network, txHash) {
      const key = journalKeys(network).record(txHash);
      const bytes = await answered(() => redis.hgetBuffer(key, 'signedTransaction'));
      return bytes === null ? undefined : new Uint8Array(bytes);
    },

    async readRequest(network, txHash) {
      const key = journalKeys(network).record(txHash);
      return (await answered(() => redis.hget(key, 'request'))) ?? undefined;
    },

    async completeTransaction(network, txHash, bytes) {
      return (await scripts.complete([journalKeys(network).record(txHash)], [bytes])) === 1;
    },

    async inFlight(network, txHash, inputs, termsDigest) {
      const keys = journalKeys(network);
      const terms = termsDigest === undefined ? [] : [keys.terms(termsDigest)];
      const reply = await scripts.inFlight([keys.record(txHash), ...inputs.map(keys.hold), ...terms], []);
      const { reading, texts } = decodeInFlightReply(reply, { network, txHash });
      unreadables.see(network, txHash, reading);
      if (!reading.ok) return reading;
      const { value: settlement } = reading;
      const index = inputs.findIndex((_, place) => texts[place] != null && texts[place] !== txHash);
      const input: OutRefKey | undefined = inputs[index];
      const boundTo = termsDigest === undefined ? null : texts[inputs.length];
      return ok({
        ...(settlement === undefined ? {} : { settlement }),
        ...(input === undefined ? {} : { reserved: { input, heldBy: txHashOf(texts[index]) } }),
        ...(boundTo == null ? {} : { termsBoundTo: txHashOf(boundTo) }),
      });
    },

    async transition(request) {
      const { from, to, fence, leaseFence, change = {} } = request;
      const nowMs = nowWhole();
      const args = [
        from.join(','),
        to,
        fence ?? '',
        leaseFence ?? '',
        request.lookAgainAtMs ?? nowMs + patience(policy, to),
        ...Object.entries(encodeChange(change)).flat(),
      ];
      const reply = await run(scripts.transition, request, args, { nowMs });
      return noted(decodeTransitionReply(reply, request));
    },

    async deliver(network, txHash, call) {
      const asked = { network, txHash };
      const { key, caller, collector } = handedTo(call);
      const token = acknowledged === undefined ? '' : randomUUID();
      const args = [key, caller, collector, call?.redemption ?? 'once', token];
      const { reply, unreplicated } = await splitReply(run(scripts.deliver, asked, args));
      const outcome = decodeDeliverReply(reply, asked);
      if (outcome === undefined) return undefined;
      if (unreplicated !== undefined && outcome.kind === 'delivered') {
        // If this fails too, the success is collected as after a lost answer.
        await run(scripts.takeBackDelivery, asked, [token]).catch(() => undefined);
        throw new SettlementNotReplicatedError(unreplicated, outcome.settlement);
      }
      return noted(outcome);
    },

    async redeem(network, txHash, reason) {
      const asked = { network, txHash };
      return noted(decodeRedeemReply(await run(scripts.redeem, asked, [reason]), asked));
    },

    async announceRedemption(network, txHash, reason) {
      const key = journalKeys(network).redeem(txHash);
      await answered(() => redis.set(key, reason, 'PX', policy.retentionMs));
    },

    async readRedemption(network, txHash) {
      return (await answered(() => redis.get(journalKeys(network).redeem(txHash)))) ?? undefined;
    },

    async pending(network) {
      const keys = journalKeys(network);
      const [pending, watched] = await Promise.all([
        answered(() => redis.zrange(keys.pending, 0, '-1')),
        answered(() => redis.zrange(keys.watched, 0, '-1')),
      ]);
      // Confirmed settlements were mostly queued before the others, so they need not all be read.
      return [...new Set(decodeIds([...watched, ...pending]))];
    },
  };

  return {
    ...journal,
    ...createSettlementIndex({
      redis,
      readMany: journal.readMany,
      unreadables,
      conclude: async (network, txHash, leaseFence) => {
        const asked = { network, txHash };
        const outcome = decodeConcludeReply(await run(scripts.conclude, asked, [leaseFence ?? '']), asked);
        return noted(outcome).kind === 'concluded';
      },
    }),
  };
}

/** The connections that wait for replicas may have found a new primary, and the settlement was read at the old one. */
const GONE = 'the Redis that is the primary now does not have it';

/** What a script answered, and whether a fail-over could still lose what it wrote. */
async function splitReply(
  ran: Promise<unknown>,
): Promise<{ readonly reply: unknown; readonly unreplicated?: NotReplicatedError }> {
  try {
    return { reply: await ran };
  } catch (error) {
    if (!(error instanceof NotReplicatedError)) throw error;
    return { reply: error.reply, unreplicated: error };
  }
}

/** A confirmation by mempool acceptance is as uncertain as a submission, so the sweeper treats both the same. */
function patience(policy: JournalPolicy, state: SettlementState): number {
  const byState: Partial<Record<SettlementState, number>> = policy.patienceMs;
  return byState[state] ?? policy.patienceMs.submitted;
}

/** Small enough that one round trip does not delay others on the same Redis. */
const READ_BATCH = 500;

async function readRecords(
  script: Script,
  network: Network,
  txHashes: readonly TxHash[],
): Promise<readonly Reading[]> {
  const keys = journalKeys(network);
  const readOne = async (txHash: TxHash) => {
    const stored = await readStored(() => script([keys.record(txHash)], []));
    return decodeSnapshot(network, txHash, stored.ok ? String(stored.value) : undefined);
  };
  const readings: Reading[] = [];
  for (let start = 0; start < txHashes.length; start += READ_BATCH) {
    const batch = txHashes.slice(start, start + READ_BATCH);
    // Issued in one turn, ioredis writes them in one go.
    readings.push(...(await Promise.all(batch.map(readOne))));
  }
  return readings;
}
