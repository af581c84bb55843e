import { isTxHash, type Network, type OutRefKey, type TxHash } from '@x402-facilitator/cardano';
import { JournalCorruptError } from '../redis/index.js';
import type {
  ClaimOutcome,
  DeliveryOutcome,
  ReservationOutcome,
  TransitionOutcome,
  Unreadable,
} from './journal.js';
import { decodePause } from './pause.js';
import { decodeRecord } from './record.js';
import type { Settlement } from './settlement.js';
import { SETTLEMENT_STATES, type SettlementState } from './states.js';

/** What a script returns: an outcome's name, then what that outcome carries. */
type Reply = readonly unknown[];

/** The settlement that a script was run on. */
export type Asked = { readonly network: Network; readonly txHash: TxHash };

export function decodeClaimReply(reply: unknown, asked: Asked): ClaimOutcome {
  const [kind, record, input, other] = asReply(reply);
  switch (kind) {
    case 'claimed':
    case 'joined':
    case 'bound-elsewhere':
      return read(asked, record, (settlement) => ({ kind, settlement }));
    case 'unreadable':
      return read(asked, record);
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

export function decodeTransitionReply(reply: unknown, asked: Asked): TransitionOutcome {
  const [kind, record, from] = asReply(reply);
  switch (kind) {
    case 'changed':
      return read(asked, record, (settlement) => ({ kind, from: stateOf(from), settlement }));
    case 'refused':
      return read(asked, record, (settlement) => ({ kind, settlement }));
    case 'unreadable':
      return read(asked, record);
    case 'not-found':
      return { kind };
    default:
      throw unexpected('transition', reply);
  }
}

export function decodeDeliverReply(reply: unknown, asked: Asked): DeliveryOutcome | undefined {
  const [kind, record] = asReply(reply);
  switch (kind) {
    case 'delivered':
    case 'already-delivered':
      return read(asked, record, (settlement) => ({ kind, settlement }));
    case 'unreadable':
      return read(asked, record);
    case 'not-confirmed':
      return undefined;
    default:
      throw unexpected('deliver', reply);
  }
}

export function decodeConcludeReply(
  reply: unknown,
  asked: Asked,
): { readonly kind: 'concluded' | 'left' } | Unreadable {
  if (Array.isArray(reply)) return read(asked, reply[1]);
  return { kind: reply === 1 ? 'concluded' : 'left' };
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

/** The unfinished settlements in one state. */
export type BacklogState = {
  readonly state: SettlementState;
  readonly count: number;
  /** When the oldest of them was queued, POSIX ms. */
  readonly oldestQueuedAtMs: number;
};

/** Leaves out a state that this version does not know. */
export function decodeBacklogReply(reply: unknown): readonly BacklogState[] {
  const flat = asReply(reply);
  return Array.from({ length: Math.floor(flat.length / 3) }, (_unused, index) => {
    const [state, count, oldest] = flat.slice(index * 3, index * 3 + 3);
    return isState(state) ? [{ state, count: Number(count), oldestQueuedAtMs: Number(oldest) }] : [];
  }).flat();
}

/** The transaction ids of an index. Any other member was added by hand, and has no record. */
export function decodeIds(reply: readonly string[]): readonly TxHash[] {
  return reply.filter(isTxHash);
}

export function txHashOf(value: unknown): TxHash {
  if (typeof value === 'string' && isTxHash(value)) return value;
  throw new JournalCorruptError(`Expected a transaction id in the journal, found ${JSON.stringify(value)}`);
}

export function stateOf(value: unknown): SettlementState {
  if (isState(value)) return value;
  throw new JournalCorruptError(`Expected a state in the journal, found ${JSON.stringify(value)}`);
}

function isState(value: unknown): value is SettlementState {
  return SETTLEMENT_STATES.some((state) => state === value);
}

/** The outcome with its settlement. A record that this version cannot read is an outcome of its own. */
function read<Outcome>(
  { network, txHash }: Asked,
  record: unknown,
  toOutcome?: (settlement: Settlement) => Outcome,
): Outcome | Unreadable {
  const reading = decodeRecord(network, txHash, Array.isArray(record) ? record : undefined);
  if (!reading.ok) return { kind: 'unreadable', record: reading.error };
  if (reading.value !== undefined && toOutcome !== undefined) return toOutcome(reading.value);
  throw new JournalCorruptError(`Expected a settlement from the script, found ${JSON.stringify(record)}`);
}

function asReply(reply: unknown): Reply {
  if (Array.isArray(reply)) return reply;
  throw unexpected('journal', reply);
}

function unexpected(script: string, reply: unknown): JournalCorruptError {
  return new JournalCorruptError(`The ${script} script answered ${JSON.stringify(reply)}`);
}
