import type { ClaimedChannel } from '@x402-facilitator/cardano/channels';
import type { Found } from './position.js';

/** A channel with something to redeem. */
export type Owed = {
  readonly channelId: string;
  /** bech32. */
  readonly receiver: string;
  readonly position: Found;
  readonly claimed: ClaimedChannel;
  /** What a claim takes of it. */
  readonly amount: bigint;
  /** POSIX seconds; 0 while it is open. */
  readonly closedAt: number;
  readonly closePeriodSeconds: number;
};

/** What goes into one claim: channels of one receiver, closed ones first, then those that owe most. */
export function batchesOf(owed: readonly Owed[], most: number): (readonly Owed[])[] {
  const byReceiver = new Map<string, Owed[]>();
  for (const each of owed) {
    const others = byReceiver.get(each.receiver);
    if (others === undefined) byReceiver.set(each.receiver, [each]);
    else others.push(each);
  }
  return [...byReceiver.values()].flatMap((all) => {
    const sorted = all.toSorted(urgentFirst);
    return Array.from({ length: Math.ceil(sorted.length / most) }, (_, at) =>
      sorted.slice(at * most, (at + 1) * most),
    );
  });
}

function urgentFirst(left: Owed, right: Owed): number {
  const isClosed = Number(right.closedAt > 0) - Number(left.closedAt > 0);
  if (isClosed !== 0) return isClosed;
  return left.amount > right.amount ? -1 : Number(left.amount < right.amount);
}

export const idsOf = (owed: readonly Owed[]): readonly string[] => owed.map(({ channelId }) => channelId);

export function least(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}
