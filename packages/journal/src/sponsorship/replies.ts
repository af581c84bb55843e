import { err, type OutRefKey, ok } from '@x402-facilitator/cardano';
import { decodeReply, JournalCorruptError, parseStored } from '../redis/index.js';
import { txHashOf } from '../settlements/replies.js';
import {
  SPONSORSHIP_STATES,
  type Sponsorship,
  type SponsorshipId,
  type SponsorshipLimit,
  type SponsorshipReading,
  type SponsorshipState,
  sponsorshipSchema,
  type UnreadableSponsorship,
} from './sponsorship.js';
import type {
  BindOutcome,
  CloseOutcome,
  PublishPoolOutcome,
  ReserveOutcome,
  RestoreOutcome,
  SignOutcome,
} from './store.js';

/** Reads the hash of one sponsorship. One that ran out is `expired` though no script has swept it yet. */
export function decodeSponsorship(
  id: string,
  fields: Readonly<Record<string, string>>,
  nowMs: number,
): SponsorshipReading {
  if (Object.keys(fields).length === 0) return ok(undefined);
  const parsed = parseStored(sponsorshipSchema, fields);
  if (!parsed.ok) return err({ id, reason: parsed.error });
  const { transaction, ...rest } = parsed.value;
  if (rest.id !== id) return err({ id, reason: `id: expected its own, found ${rest.id}` });
  const sponsorship = transaction === undefined ? rest : { ...rest, txHash: transaction };
  const ranOut = sponsorship.state === 'reserved' && sponsorship.expiresAtMs <= nowMs;
  return ok(ranOut ? { ...sponsorship, state: 'expired', bookedLovelace: 0n } : sponsorship);
}

export function decodePublishReply(reply: unknown): PublishPoolOutcome {
  return decodeReply<PublishPoolOutcome>('publish', reply, {
    superseded: () => ({ kind: 'superseded' }),
    published: (free, claimed, setAside) => ({
      kind: 'published',
      free: Number(free),
      claimed: new Map(Object.entries(fieldsOf(claimed)) as [OutRefKey, SponsorshipId][]),
      setAside: Object.entries(fieldsOf(setAside)).map(([id, reason]) => ({ id, reason })),
    }),
  });
}

/** @param request what was asked for; the answer repeats it. */
export function decodeRestoreReply(reply: unknown): RestoreOutcome {
  return decodeReply<RestoreOutcome>('restore', reply, {
    restored: () => ({ kind: 'restored' }),
    kept: () => ({ kind: 'kept' }),
    unreadable: (reason) => ({ kind: 'unreadable', reason: String(reason) }),
  });
}

export function decodeReserveReply(
  reply: unknown,
  request: { readonly id: string; readonly nextDayMs: number },
): ReserveOutcome {
  return decodeReply<ReserveOutcome>('reserve', reply, {
    reserved: (pairs) => {
      const outcome = outcomeOf('reserved', request.id, pairs);
      return outcome.kind === 'reserved' ? outcome : { kind: 'unavailable', reason: outcome.record.reason };
    },
    'pool-empty': (retryAt) => ({
      kind: 'pool-empty',
      ...(typeof retryAt === 'string' ? { retryAtMs: Number(retryAt) } : {}),
    }),
    'too-many': (by, limit) => ({
      kind: 'too-many',
      by: by === 'payer' ? 'payer' : 'caller',
      limit: Number(limit),
    }),
    'limit-reached': (limit) => ({
      kind: 'limit-reached',
      limit: limitOf(limit),
      retryAtMs: request.nextDayMs,
    }),
    unavailable: (reason) => ({ kind: 'unavailable', reason: String(reason) }),
  });
}

export function decodeBindReply(reply: unknown, id: string): BindOutcome {
  return decodeReply<BindOutcome>('bind', reply, {
    bound: (pairs) => outcomeOf('bound', id, pairs),
    used: (by) => ({ kind: 'used', by: txHashOf(by) }),
    unknown: () => ({ kind: 'unknown' }),
    expired: () => ({ kind: 'expired' }),
    mismatch: () => ({ kind: 'mismatch' }),
    unreadable: (reason) => unreadable({ id, reason: String(reason) }),
  });
}

export function decodeSignReply(reply: unknown, id: string): SignOutcome {
  return decodeReply<SignOutcome>('sign', reply, {
    signed: (pairs) => outcomeOf('signed', id, pairs),
    'not-bound': (state) => ({ kind: 'not-bound', ...stateOf(state) }),
    'too-dear': (reserved) => ({ kind: 'too-dear', reservedLovelace: BigInt(String(reserved)) }),
    'limit-reached': (limit) => ({ kind: 'limit-reached', limit: limitOf(limit) }),
    unreadable: (reason) => unreadable({ id, reason: String(reason) }),
  });
}

export function decodeCloseReply(reply: unknown, id: string): CloseOutcome {
  return decodeReply<CloseOutcome>('close', reply, {
    closed: (pairs) => outcomeOf('closed', id, pairs),
    refused: (state) => ({ kind: 'refused', ...stateOf(state) }),
    unreadable: (reason) => unreadable({ id, reason: String(reason) }),
  });
}

/** Straight from a script that has just looked at the clock: nothing runs out in between. */
function outcomeOf<Kind extends string>(
  kind: Kind,
  id: string,
  pairs: unknown,
): { readonly kind: Kind; readonly sponsorship: Sponsorship } | ReturnType<typeof unreadable> {
  const reading = decodeSponsorship(id, fieldsOf(pairs), 0);
  if (!reading.ok) return unreadable(reading.error);
  if (reading.value !== undefined) return { kind, sponsorship: reading.value };
  throw new JournalCorruptError('Expected a sponsorship from the script, found none');
}

function unreadable(record: UnreadableSponsorship) {
  return { kind: 'unreadable', record } as const;
}

function stateOf(value: unknown): { state?: SponsorshipState } {
  const state = SPONSORSHIP_STATES.find((candidate) => candidate === value);
  return state === undefined ? {} : { state };
}

function limitOf(value: unknown): SponsorshipLimit {
  if (value === 'payer' || value === 'key' || value === 'day') return value;
  throw new JournalCorruptError(`Expected the name of a limit, found ${JSON.stringify(value)}`);
}

/** The pairs that a script returns for a hash. */
function fieldsOf(flat: unknown): Record<string, string> {
  if (!Array.isArray(flat))
    throw new JournalCorruptError(`Expected a hash from the script, found ${JSON.stringify(flat)}`);
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) fields[String(flat[at])] = String(flat[at + 1]);
  return fields;
}
