import { isTxHash, type OutRefKey, type TxHash } from '@x402-facilitator/cardano';
import { type BacklogState, JournalCorruptError, type TransitionOutcome } from './journal.js';
import { decodePause } from './pause.js';
import { decodeRecord } from './record.js';
import type { ClaimOutcome, DeliveryOutcome, ReservationOutcome, Settlement } from './settlement.js';
import { SETTLEMENT_STATES, type SettlementState } from './states.js';

/** What a script returns: an outcome's name, then whatever that outcome carries. */
type Reply = readonly unknown[];

export function decodeClaimReply(reply: unknown): ClaimOutcome {
  const [kind, record, input, other] = asReply(reply);
  switch (kind) {
    case 'claimed':
    case 'joined':
    case 'bound-elsewhere':
      return { kind, settlement: settlementOf(record) };
    case 'paused':
      return { kind, pause: decodePause(String(input)) };
    case 'terms-bound':
      return { kind, boundTo: txHashOf(other) };
    case 'input-reserved':
      return { kind, input: String(input) as OutRefKey, heldBy: txHashOf(other) };
    default:
      throw unexpected('claim', reply);
  }
}

export function decodeTransitionReply(reply: unknown): TransitionOutcome {
  const [kind, record, from] = asReply(reply);
  switch (kind) {
    case 'changed':
      return { kind, from: stateOf(from), settlement: settlementOf(record) };
    case 'refused':
      return { kind, settlement: settlementOf(record) };
    case 'not-found':
      return { kind };
    default:
      throw unexpected('transition', reply);
  }
}

export function decodeDeliverReply(reply: unknown): DeliveryOutcome | undefined {
  const [kind, record] = asReply(reply);
  switch (kind) {
    case 'delivered':
    case 'already-delivered':
      return { kind, settlement: settlementOf(record) };
    case 'not-confirmed':
      return undefined;
    default:
      throw unexpected('deliver', reply);
  }
}

export function decodeReserveReply(reply: unknown, limit: number): ReservationOutcome {
  const [kind, input, holder] = asReply(reply);
  switch (kind) {
    case 'reserved':
      return { kind };
    case 'input-reserved':
      return { kind, input: String(input) as OutRefKey, heldBy: txHashOf(holder) };
    case 'too-many':
      return { kind, limit };
    default:
      throw unexpected('reserve', reply);
  }
}

export function decodeBacklogReply(reply: unknown): readonly BacklogState[] {
  const flat = asReply(reply);
  return Array.from({ length: Math.floor(flat.length / 3) }, (_unused, index) => {
    const [state, count, oldest] = flat.slice(index * 3, index * 3 + 3);
    return { state: stateOf(state), count: Number(count), oldestQueuedAtMs: Number(oldest) };
  });
}

/** A list of transaction ids. */
export function decodeIds(reply: readonly string[]): readonly TxHash[] {
  return reply.map(txHashOf);
}

export function txHashOf(value: unknown): TxHash {
  if (typeof value === 'string' && isTxHash(value)) return value;
  throw new JournalCorruptError(`Expected a transaction id in the journal, found ${JSON.stringify(value)}`);
}

export function stateOf(value: unknown): SettlementState {
  const state = SETTLEMENT_STATES.find((candidate) => candidate === value);
  if (state !== undefined) return state;
  throw new JournalCorruptError(`Expected a state in the journal, found ${JSON.stringify(value)}`);
}

function settlementOf(record: unknown): Settlement {
  const settlement = Array.isArray(record) ? decodeRecord(record) : undefined;
  if (settlement !== undefined) return settlement;
  throw new JournalCorruptError(`Expected a settlement from the script, found ${JSON.stringify(record)}`);
}

function asReply(reply: unknown): Reply {
  if (Array.isArray(reply)) return reply;
  throw unexpected('journal', reply);
}

function unexpected(script: string, reply: unknown): JournalCorruptError {
  return new JournalCorruptError(`The ${script} script answered ${JSON.stringify(reply)}`);
}
