import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { encodeCandidate } from '../discovery/candidate.js';
import { STORED_KEYS } from '../keys/index.js';
import {
  type AcknowledgedWrites,
  defineScript,
  defineWord,
  NotReplicatedError,
  readStored,
  type Script,
} from '../redis/index.js';
import { handedTo, namesOf } from './calls.js';
import { encodeChanges } from './channel-books.js';
import { type Journal, SettlementNotReplicatedError, type Unreadable } from './journal.js';
import { DEFAULT_JOURNAL_POLICY, type JournalPolicy, patience } from './journal-policy.js';
import { createJournalReader } from './journal-reader.js';
import { journalKeys } from './keys.js';
import { decodeSnapshot, encodeChange, encodeClaim } from './record.js';
import {
  type Asked,
  decodeClaimReply,
  decodeConcludeReply,
  decodeDeliverReply,
  decodeJoinReply,
  decodeRedeemReply,
  decodeReplayReply,
  decodeReserveReply,
  decodeTransitionReply,
} from './replies.js';
import { claimScript } from './scripts/claim.js';
import { completeScript } from './scripts/complete.js';
import { concludeScript } from './scripts/conclude.js';
import { deliverScript } from './scripts/deliver.js';
import { joinScript } from './scripts/join.js';
import { RECORD_SCRIPT_ARGUMENTS, RECORD_SCRIPT_KEYS } from './scripts/prelude.js';
import { readScript } from './scripts/read.js';
import { announceScript, redeemScript } from './scripts/redeem.js';
import { replayScript } from './scripts/replay.js';
import { reserveScript } from './scripts/reserve.js';
import { takeBackDeliveryScript } from './scripts/take-back-delivery.js';
import { transitionScript } from './scripts/transition.js';
import type { UnreadableSettlement } from './settlement.js';
import { createSettlementIndex, type SettlementIndex } from './settlement-index.js';
import { createUnreadableRecords } from './unreadable.js';

export type RedisJournalOptions = {
  /** A `producer` connection in the API, a `worker` connection in the worker. */
  readonly redis: Redis;
  /** Claims and deliveries wait for replicas. Unset: one node's own word is enough. */
  readonly acknowledged?: AcknowledgedWrites | undefined;
  readonly policy?: Partial<JournalPolicy>;
  /** Whether claims count to the usage of their key, within its quotas. */
  readonly countsUsage?: boolean;
  /** Called once for each record that cannot be read. */
  readonly onUnreadable?: (record: UnreadableSettlement) => void;
  /** POSIX milliseconds. */
  readonly now?: () => number;
};

/** The settlement journal on a real Redis. Any number of processes may use it at once. */
export function createRedisJournal(options: RedisJournalOptions): Journal & SettlementIndex {
  const { redis, acknowledged, onUnreadable, now = Date.now, countsUsage = false } = options;
  const policy = { ...DEFAULT_JOURNAL_POLICY, ...options.policy };
  const unreadables = createUnreadableRecords({ onUnreadable, now });
  const define = acknowledged?.defineScript ?? ((script) => defineScript(redis, script));
  const scripts = {
    claim: define(claimScript),
    complete: defineScript(redis, completeScript),
    conclude: defineScript(redis, concludeScript),
    deliver: define(deliverScript),
    readReplicated: define(readScript),
    join: define(joinScript),
    redeem: defineWord(redis, acknowledged, redeemScript),
    announce: defineWord(redis, acknowledged, announceScript),
    replay: defineScript(redis, replayScript),
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
    const { stabilityMs, retentionMs, webhookLimit, archiveMaxBacklog = '' } = policy;
    const shared = {
      transaction: txHash,
      network,
      prefix,
      channel,
      nowMs,
      stabilityMs,
      retentionMs,
      webhookLimit,
      archiveMaxBacklog,
    };
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
    ...createJournalReader(redis, unreadables),

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
          // No fields of the record: like the signed transaction, only their own readers fetch them.
          ...(claim.sponsored === undefined ? [] : ['request', claim.sponsored.request]),
          ...(claim.channels === undefined ? [] : ['channels', encodeChanges(claim.channels)]),
          ...(claim.discovery === undefined
            ? []
            : ['discovery', encodeCandidate(claim.network, claim.discovery)]),
          // The last one: the script looks for it there.
          ...(countsUsage && claim.keyName !== undefined ? ['usage', STORED_KEYS] : []),
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

    async reserve({ network, txHash, payer, inputs, ttlMs, maxConcurrent }) {
      const keys = journalKeys(network);
      const nowMs = nowWhole();
      const reply = await scripts.reserve(
        [keys.reservations(payer), ...inputs.map(keys.hold)],
        [txHash, keys.prefix, nowMs, nowMs + Math.ceil(ttlMs), maxConcurrent],
      );
      return decodeReserveReply(reply, maxConcurrent);
    },

    async completeTransaction(network, txHash, bytes) {
      return (await scripts.complete([journalKeys(network).record(txHash)], [bytes])) === 1;
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

    async replay(network, txHash) {
      const asked = { network, txHash };
      return noted(decodeReplayReply(await run(scripts.replay, asked, []), asked));
    },

    async announceRedemption(network, txHash, reason) {
      const key = journalKeys(network).redeem(txHash);
      await scripts.announce([key], [reason, policy.retentionMs]);
    },
  };

  return {
    ...journal,
    ...createSettlementIndex({
      redis,
      now,
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
