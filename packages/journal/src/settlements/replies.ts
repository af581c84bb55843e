import { isTxHash, type Network, type OutRefKey, type TxHash } from '@x402-facilitator/cardano';
import { decodeReply, JournalCorruptError } from '../redis/index.js';
import { keyRefusals } from '../usage/index.js';
import type { CallName } from './calls.js';
import type {
  ClaimOutcome,
  DeliveryOutcome,
  JoinOutcome,
  RedeemOutcome,
  ReplayOutcome,
  ReservationOutcome,
  TransitionOutcome,
  Unreadable,
} from './journal.js';
import { decodePause } from './pause.js';
import { decodeSnapshot } from './record.js';
import type { Settlement } from './settlement.js';
import { isState, type SettlementState } from './states.js';

/** Which settlement a script was asked about. */
export type Asked = { readonly network: Network; readonly txHash: TxHash };

export function decodeClaimReply(reply: unknown, asked: Asked, names: readonly CallName[]): ClaimOutcome {
  return decodeReply<ClaimOutcome>('claim', reply, {
    claimed: (record) => read(asked, record, (settlement) => ({ kind: 'claimed', settlement })),
    joined: (record) => read(asked, record, (settlement) => ({ kind: 'joined', settlement })),
    'bound-elsewhere': (record) =>
      read(asked, record, (settlement) => ({ kind: 'bound-elsewhere', settlement })),
    unreadable: (record) => read(asked, record),
    'name-taken': (_record, place) => nameTaken(names, place),
    'archive-behind': () => ({ kind: 'archive-behind' }),
    paused: (_record, text) => ({ kind: 'paused', pause: decodePause(String(text)) }),
    'terms-bound': (_record, _input, other) => ({ kind: 'terms-bound', boundTo: txHashOf(other) }),
    'input-reserved': (_record, input, other) => reserved(input, other),
    ...keyRefusals,
  });
}

/** @returns `gone` when its record has expired in between. */
export function decodeJoinReply(
  reply: unknown,
  asked: Asked,
  names: readonly CallName[],
): JoinOutcome | { readonly kind: 'gone' } {
  if (Array.isArray(reply) && reply[0] === 'joined' && reply[1] === null) return { kind: 'gone' };
  return decodeReply<JoinOutcome>('join', reply, {
    joined: (record) => read(asked, record, (settlement) => ({ kind: 'joined', settlement })),
    'name-taken': (_record, place) => nameTaken(names, place),
    unreadable: (record) => read(asked, record),
  });
}

function nameTaken(names: readonly CallName[], place: unknown) {
  const name = names[Number(place)];
  if (name === undefined)
    throw new JournalCorruptError(`Expected the place of a name, found ${JSON.stringify(place)}`);
  return { kind: 'name-taken', name } as const;
}

export function decodeTransitionReply(reply: unknown, asked: Asked): TransitionOutcome {
  return decodeReply<TransitionOutcome>('transition', reply, {
    changed: (record, from) =>
      read(asked, record, (settlement) => ({ kind: 'changed', from: stateOf(from), settlement })),
    refused: (record) => read(asked, record, (settlement) => ({ kind: 'refused', settlement })),
    unreadable: (record) => read(asked, record),
    'not-found': () => ({ kind: 'not-found' }),
  });
}

export function decodeDeliverReply(reply: unknown, asked: Asked): DeliveryOutcome | undefined {
  if (Array.isArray(reply) && reply[0] === 'not-confirmed') return undefined;
  return decodeReply<DeliveryOutcome>('deliver', reply, {
    delivered: (record) => read(asked, record, (settlement) => ({ kind: 'delivered', settlement })),
    'already-delivered': (record) =>
      read(asked, record, (settlement) => ({ kind: 'already-delivered', settlement })),
    'too-late': (record) => read(asked, record, (settlement) => ({ kind: 'too-late', settlement })),
    unreadable: (record) => read(asked, record),
  });
}

export function decodeRedeemReply(reply: unknown, asked: Asked): RedeemOutcome {
  return decodeReply<RedeemOutcome>('redeem', reply, {
    redeemed: (record) => read(asked, record, (settlement) => ({ kind: 'redeemed', settlement })),
    'already-delivered': (record) =>
      read(asked, record, (settlement) => ({ kind: 'already-delivered', settlement })),
    unpaid: (record) => read(asked, record, (settlement) => ({ kind: 'unpaid', settlement })),
    unreadable: (record) => read(asked, record),
    'not-found': () => ({ kind: 'not-found' }),
  });
}

export function decodeReplayReply(reply: unknown, asked: Asked): ReplayOutcome {
  return decodeReply<ReplayOutcome>('replay', reply, {
    added: () => ({ kind: 'added' }),
    there: () => ({ kind: 'there' }),
    full: () => ({ kind: 'full' }),
    stopped: () => ({ kind: 'stopped' }),
    'no-endpoint': () => ({ kind: 'no-endpoint' }),
    'not-ended': () => ({ kind: 'not-ended' }),
    'not-found': () => ({ kind: 'not-found' }),
    unreadable: (record) => read(asked, record),
  });
}

export function decodeConcludeReply(
  reply: unknown,
  asked: Asked,
): { readonly kind: 'concluded' | 'left' } | Unreadable {
  if (Array.isArray(reply)) return read(asked, reply[1]);
  return { kind: reply === 1 ? 'concluded' : 'left' };
}

export function decodeInFlightReply(reply: unknown, { network, txHash }: Asked) {
  const [record, ...texts]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  return {
    reading: decodeSnapshot(network, txHash, typeof record === 'string' ? record : undefined),
    /** In the order of the keys; null for a missing one. */
    texts,
  };
}

export function decodeReserveReply(reply: unknown, limit: number): ReservationOutcome {
  return decodeReply<ReservationOutcome>('reserve', reply, {
    reserved: () => ({ kind: 'reserved' }),
    'input-reserved': reserved,
    'too-many': () => ({ kind: 'too-many', limit }),
  });
}

function reserved(input: unknown, holder: unknown) {
  return {
    kind: 'input-reserved',
    input: String(input) as OutRefKey,
    heldBy: txHashOf(holder),
  } as const;
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
  const flat: readonly unknown[] = Array.isArray(reply) ? reply : [];
  return Array.from({ length: Math.floor(flat.length / 3) }, (_unused, index) => {
    const [state, count, oldest] = flat.slice(index * 3, index * 3 + 3);
    return isState(state) ? [{ state, count: Number(count), oldestQueuedAtMs: Number(oldest) }] : [];
  }).flat();
}

export function decodeRecentReply(reply: unknown) {
  const [next, found]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  return {
    txHashes: decodeIds(Array.isArray(found) ? found.map(String) : []),
    nextMs: typeof next === 'string' ? Number(next) : undefined,
  };
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

/** The outcome with its settlement. A record that this version cannot read is an outcome of its own. */
function read<Outcome>(
  { network, txHash }: Asked,
  record: unknown,
  toOutcome?: (settlement: Settlement) => Outcome,
): Outcome | Unreadable {
  const reading = decodeSnapshot(network, txHash, typeof record === 'string' ? record : undefined);
  if (!reading.ok) return { kind: 'unreadable', record: reading.error };
  if (reading.value !== undefined && toOutcome !== undefined) return toOutcome(reading.value);
  throw new JournalCorruptError(`Expected a settlement from the script, found ${JSON.stringify(record)}`);
}
