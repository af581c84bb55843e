import type { OutRefKey } from '@x402-facilitator/cardano';
import { JournalCorruptError } from '../redis/index.js';
import { txHashOf } from '../settlements/index.js';
import { decodeSponsorship, fieldsOf } from './record.js';
import {
  SPONSORSHIP_STATES,
  type Sponsorship,
  type SponsorshipId,
  type SponsorshipLimit,
  type SponsorshipState,
} from './sponsorship.js';
import type { BindOutcome, CloseOutcome, PublishPoolOutcome, ReserveOutcome, SignOutcome } from './store.js';

export function decodePublishReply(reply: unknown): PublishPoolOutcome {
  const [kind, free, claimed] = asReply(reply);
  if (kind === 'superseded') return { kind };
  if (kind !== 'published') throw unexpected('publish', reply);
  const ids = Object.entries(fieldsOf(claimed)) as [OutRefKey, SponsorshipId][];
  return { kind, free: Number(free), claimed: new Map(ids) };
}

/** @param request what was asked for; the answer repeats it. */
export function decodeReserveReply(
  reply: unknown,
  request: { readonly maxConcurrent: number; readonly nextDayMs: number },
): ReserveOutcome {
  const [kind, detail] = asReply(reply);
  switch (kind) {
    case 'reserved':
      return { kind, sponsorship: sponsorshipOf(detail) };
    case 'pool-empty':
      return typeof detail === 'string' ? { kind, retryAtMs: Number(detail) } : { kind };
    case 'too-many':
      return { kind, by: detail === 'payer' ? 'payer' : 'caller', limit: request.maxConcurrent };
    case 'limit-reached':
      return { kind, limit: limitOf(detail), retryAtMs: request.nextDayMs };
    case 'unavailable':
      return { kind, reason: String(detail) };
    default:
      throw unexpected('reserve', reply);
  }
}

export function decodeBindReply(reply: unknown): BindOutcome {
  const [kind, detail] = asReply(reply);
  switch (kind) {
    case 'bound':
      return { kind, sponsorship: sponsorshipOf(detail) };
    case 'used':
      return { kind, by: txHashOf(detail) };
    case 'unknown':
    case 'expired':
    case 'mismatch':
      return { kind };
    default:
      throw unexpected('bind', reply);
  }
}

export function decodeSignReply(reply: unknown): SignOutcome {
  const [kind, detail] = asReply(reply);
  switch (kind) {
    case 'signed':
      return { kind, sponsorship: sponsorshipOf(detail) };
    case 'not-bound':
      return { kind, ...stateOf(detail) };
    case 'too-dear':
      return { kind, reservedLovelace: BigInt(String(detail)) };
    case 'limit-reached':
      return { kind, limit: limitOf(detail) };
    default:
      throw unexpected('sign', reply);
  }
}

export function decodeCloseReply(reply: unknown): CloseOutcome {
  const [kind, detail] = asReply(reply);
  switch (kind) {
    case 'closed':
      return { kind, sponsorship: sponsorshipOf(detail) };
    case 'refused':
      return { kind, ...stateOf(detail) };
    default:
      throw unexpected('close', reply);
  }
}

/** The script has just compared the time, so the reservation cannot have expired since. */
function sponsorshipOf(pairs: unknown): Sponsorship {
  const sponsorship = decodeSponsorship(fieldsOf(pairs), 0);
  if (sponsorship !== undefined) return sponsorship;
  throw new JournalCorruptError('Expected a sponsorship from the script, found none');
}

function stateOf(value: unknown): { state?: SponsorshipState } {
  const state = SPONSORSHIP_STATES.find((candidate) => candidate === value);
  return state === undefined ? {} : { state };
}

function limitOf(value: unknown): SponsorshipLimit {
  if (value === 'payer' || value === 'key' || value === 'day') return value;
  throw new JournalCorruptError(`Expected the name of a limit, found ${JSON.stringify(value)}`);
}

function asReply(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected('sponsorship', reply);
}

function unexpected(script: string, reply: unknown): JournalCorruptError {
  return new JournalCorruptError(`The ${script} script of the pool answered ${JSON.stringify(reply)}`);
}
