import type {
  ChannelRecord,
  ChannelView,
  Commit,
  Committed,
  KeptAnswer,
  Reservation,
  Reserved,
  SignedIou,
  SignedRefund,
} from './store.js';
import { termsOf } from './text.js';

/*
 * What happens to one channel, as pure functions: the stores in memory and in SQLite run them as they are, the script of Redis says
 * the same in Lua, and one suite of tests holds all three to it.
 */

/** A request that has the channel. */
type Pending = {
  readonly holder: string;
  readonly untilMs: number;
  readonly iou: SignedIou;
  readonly base: bigint;
};

/** All that a store keeps of a channel. */
export type Entry = {
  readonly record: ChannelRecord;
  readonly pending?: Pending | undefined;
  /** The latest committed voucher, and who committed it. */
  readonly last?: { readonly holder: string; readonly iou: SignedIou } | undefined;
  readonly answer?: { readonly kept: KeptAnswer; readonly untilMs: number } | undefined;
};

/** What is said, and what the store then keeps; `undefined` drops the channel. */
export type Step<Said> = { readonly said: Said; readonly entry: Entry | undefined };

const larger = (one: bigint, other: bigint) => (one > other ? one : other);

const isSame = (one: SignedIou, other: SignedIou) =>
  one.amount === other.amount && one.signature === other.signature;

const isBusy = ({ pending }: Entry, nowMs: number, holder?: string) =>
  pending !== undefined && pending.untilMs > nowMs && pending.holder !== holder;

/** What the ledger shows as redeemed was charged, whatever a store that lost something says. */
function seen(record: ChannelRecord, view: ChannelView, nowMs: number): ChannelRecord {
  const channelRef = view.channelRef === '' ? record.channelRef : view.channelRef;
  const charged = larger(record.charged, view.totalClaimed);
  return { ...record, ...view, channelRef, charged, syncedAtMs: nowMs };
}

/** An opening that was only verified, and whose server has died since, may never be on the ledger. */
function canVouch({ record }: Entry, { iou, freshForMs }: Reservation, nowMs: number): boolean {
  if (record.channelRef === '') return false;
  const isFresh = record.syncedAtMs + freshForMs > nowMs && record.withdrawRequestedAt === 0;
  return isFresh && iou.amount <= record.balance && iou.amount > record.totalClaimed;
}

/** Whether a refund can no longer end the channel. */
function isOver(
  { settlement, untilMs, channelRef }: SignedRefund,
  asked: Reservation,
  nowMs: number,
): boolean {
  if (settlement !== undefined) return false;
  if (untilMs > 0) return untilMs <= nowMs;
  return asked.view !== undefined && asked.view.channelRef !== '' && asked.view.channelRef !== channelRef;
}

/** What a signed refund says to a request. */
function whileEnding(record: ChannelRecord, asked: Reservation, nowMs: number): Reserved | undefined {
  const { refund } = record;
  if (refund === undefined) return undefined;
  const isEnding = { kind: 'ending', record } as const;
  if (refund.settlement !== undefined) return isEnding;
  // Another refund spends the same output: at most one of them is included, and each pays the seller the count.
  if (asked.isRefund) return undefined;
  if (refund.untilMs > nowMs) return isEnding;
  if (asked.view === undefined) return { kind: 'ask-facilitator', record };
  return isOver(refund, asked, nowMs) ? undefined : isEnding;
}

function firstSeen({ channel, base }: Reservation, view: ChannelView, nowMs: number): ChannelRecord {
  const charged = larger(base, view.totalClaimed);
  return { ...channel, ...view, charged, iou: undefined, syncedAtMs: nowMs, note: '' };
}

function withoutOver(record: ChannelRecord, asked: Reservation, nowMs: number): ChannelRecord {
  const { refund, ...rest } = record;
  return refund !== undefined && isOver(refund, asked, nowMs) ? rest : record;
}

/** Takes a channel for a request. */
export function reserved(entry: Entry | undefined, asked: Reservation, nowMs: number): Step<Reserved> {
  const { view, iou, base, holder, leaseMs } = asked;
  if (entry === undefined && view === undefined)
    return { said: { kind: 'ask-facilitator', record: undefined }, entry };
  if (entry !== undefined) {
    const { record, last, answer } = entry;
    if (view === undefined && termsOf(record) !== termsOf(asked.channel))
      return { said: { kind: 'ask-facilitator', record }, entry };
    const isRetry = last !== undefined && isSame(last.iou, iou) && record.charged !== base;
    if (isRetry && !asked.isRefund && answer !== undefined && answer.untilMs > nowMs)
      return { said: { kind: 'answered', record, answer: answer.kept }, entry };
    if (isBusy(entry, nowMs, holder)) return { said: { kind: 'busy' }, entry };
    const ending = whileEnding(record, asked, nowMs);
    if (ending !== undefined) return { said: ending, entry };
  }
  const before = entry && withoutOver(entry.record, asked, nowMs);
  const record =
    view === undefined || before === undefined ? before : seen({ ...before, ...asked.channel }, view, nowMs);
  const known = record ?? (view === undefined ? undefined : firstSeen(asked, view, nowMs));
  if (known === undefined) return { said: { kind: 'ask-facilitator', record: undefined }, entry };
  const kept = entry === undefined ? undefined : { ...entry, record: known };
  if (known.charged !== base) return { said: { kind: 'other-count', record: known }, entry: kept };
  if (kept !== undefined && view === undefined && !canVouch(kept, asked, nowMs))
    return { said: { kind: 'ask-facilitator', record: known }, entry };
  const restored = known.charged - (before?.charged ?? known.totalClaimed);
  const pending = { holder, untilMs: nowMs + leaseMs, iou, base };
  return { said: { kind: 'reserved', record: known, restored }, entry: { ...kept, record: known, pending } };
}

/** Charges what was reserved. */
export function committed(entry: Entry | undefined, asked: Commit, nowMs: number): Step<Committed> {
  if (entry === undefined) return { said: { kind: 'not-held' }, entry };
  const { record, pending, last } = entry;
  const { holder, charged, view, answer } = asked;
  if (last?.holder === holder) return { said: { kind: 'committed', record }, entry };
  const isCovered = pending !== undefined && charged > pending.base && charged <= pending.iou.amount;
  if (pending?.holder !== holder || !isCovered || record.charged !== pending.base)
    return { said: { kind: 'not-held' }, entry };
  const iou = record.iou === undefined || pending.iou.amount > record.iou.amount ? pending.iou : record.iou;
  const served = { ...record, charged, iou };
  const after = view === undefined ? served : seen(served, view, nowMs);
  return {
    said: { kind: 'committed', record: after },
    entry: {
      record: after,
      last: { holder, iou: pending.iou },
      answer: answer && { kept: answer.kept, untilMs: nowMs + answer.keepForMs },
    },
  };
}

/** Writes down a refund that the seller has signed. */
export function ending(entry: Entry | undefined, holder: string, refund: SignedRefund): Step<boolean> {
  if (entry?.pending?.holder !== holder || entry.record.charged !== entry.pending.base)
    return { said: false, entry };
  const { record, pending, ...rest } = entry;
  const { iou = pending.iou, refund: before } = record;
  const isBeside = before !== undefined && before.channelRef === refund.channelRef;
  const untilMs = isBeside ? later(before.untilMs, refund.untilMs) : refund.untilMs;
  return { said: true, entry: { ...rest, record: { ...record, iou, refund: { ...refund, untilMs } } } };
}

/** 0 has no end. */
const later = (one: number, other: number) => (one === 0 || other === 0 ? 0 : Math.max(one, other));

/** Writes down that a refund has succeeded. */
export function ended(entry: Entry | undefined, txHash: string, settlement: string): Entry | undefined {
  if (entry === undefined) return entry;
  const { channelRef, refund } = entry.record;
  const done = { txHash, channelRef: refund?.channelRef ?? channelRef, untilMs: 0, settlement };
  return { ...entry, record: { ...entry.record, refund: done } };
}

/** Lets go without charge. */
export function released(entry: Entry | undefined, holder: string): Entry | undefined {
  if (entry?.pending?.holder !== holder) return entry;
  return entry.record.iou === undefined ? undefined : { ...entry, pending: undefined };
}

/** Keeps a lease. */
export function renewed(
  entry: Entry | undefined,
  holder: string,
  leaseMs: number,
  nowMs: number,
): Step<boolean> {
  if (entry?.pending?.holder !== holder) return { said: false, entry };
  return { said: true, entry: { ...entry, pending: { ...entry.pending, untilMs: nowMs + leaseMs } } };
}

/** Records what the ledger shows. */
export function observed(
  entry: Entry | undefined,
  view: ChannelView,
  note: string | undefined,
  nowMs: number,
): Step<ChannelRecord | undefined> {
  if (entry === undefined) return { said: undefined, entry };
  const after = seen(entry.record, view, nowMs);
  const record = note === undefined ? after : { ...after, note };
  return { said: record, entry: { ...entry, record } };
}

/** Drops a channel that has ended. */
export function removed(entry: Entry | undefined, charged: bigint, nowMs: number): Step<boolean> {
  if (entry === undefined || isBusy(entry, nowMs) || entry.record.charged !== charged)
    return { said: false, entry };
  return { said: true, entry: undefined };
}
