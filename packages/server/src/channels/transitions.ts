import type {
  ChannelRecord,
  ChannelView,
  Commit,
  Committed,
  KeptAnswer,
  Reservation,
  Reserved,
  SignedIou,
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

function firstSeen({ channel, base }: Reservation, view: ChannelView, nowMs: number): ChannelRecord {
  const charged = larger(base, view.totalClaimed);
  return { ...channel, ...view, charged, iou: undefined, syncedAtMs: nowMs, note: '' };
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
    if (isRetry && answer !== undefined && answer.untilMs > nowMs)
      return { said: { kind: 'answered', record, answer: answer.kept }, entry };
    if (isBusy(entry, nowMs, holder)) return { said: { kind: 'busy' }, entry };
  }
  const before = entry?.record;
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
