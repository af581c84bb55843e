import { outRefKey, parseOutRef } from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';
import { isPromise } from './iou-keys.js';
import type { ChannelRecord } from './record.js';

/**
 * What a buyer believes of a count. The next promise is the count and one price, so the count is the one number that a seller
 * could wish to move. It moves by what was charged for an answer that came, and else only by what the buyer's own
 * signature or the chain proves.
 */

const quantity = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,19})$/)
  .transform(BigInt);
const chargeShape = z.object({
  chargedAmount: quantity,
  channelState: z
    .object({ channelId: z.string(), channelRef: z.string(), chargedCumulativeAmount: quantity })
    .partial()
    .optional(),
});
const correctionShape = z.object({
  channelState: z.object({
    channelId: z.string(),
    channelRef: z.string().optional(),
    totalClaimed: quantity,
    chargedCumulativeAmount: quantity,
  }),
  voucherState: z.object({ signedMaxClaimable: quantity, signature: z.string() }),
});

/** A promise that was sent. */
export type Sent = { readonly amount: bigint; readonly price: bigint };

/** What the next promise for a request says. */
export type NextPromise = {
  /** Cumulative. */
  readonly amount: bigint;
  /** It pays for nothing: it asks what the seller's count is. */
  readonly isQuestion: boolean;
};

/**
 * The next promise: the count and the price, never more.
 *
 * After a lost answer that may be the very promise whose answer was lost. For the same resource that is right: the seller
 * gives the answer again. For another one it would give the wrong answer, so a smaller promise asks for the count first.
 */
export function nextPromise(record: ChannelRecord, price: bigint, resource: string | null): NextPromise {
  const count = BigInt(record.count);
  const amount = count + price;
  const { doubt } = record;
  if (doubt === null || BigInt(doubt.amount) !== amount || doubt.resource === resource)
    return { amount, isQuestion: false };
  return { amount: price > 1n || count === 0n ? amount - 1n : count - 1n, isQuestion: true };
}

/** A promise is about to leave. */
export function withPending(
  record: ChannelRecord,
  { amount, price }: Sent,
  resource: string | null,
  nowMs: number,
): ChannelRecord {
  return {
    ...withoutAnswer(record),
    pending: { amount: String(amount), price: String(price), resource, sentAtMs: nowMs },
    signed: String(larger(amount, BigInt(record.signed))),
    changedAtMs: nowMs,
  };
}

/** The answer to the promise in flight is taken for lost: the seller may have charged it. */
export function withoutAnswer(record: ChannelRecord): ChannelRecord {
  const { pending, doubt } = record;
  if (pending === null) return record;
  const isLarger = doubt === null || BigInt(pending.amount) >= BigInt(doubt.amount);
  return {
    ...record,
    pending: null,
    doubt: isLarger ? { amount: pending.amount, resource: pending.resource } : doubt,
  };
}

/**
 * The seller served a request, and says what it charged. A charge that is not explained moves nothing: the next promise is
 * then no larger than this one.
 *
 * @param extra of PAYMENT-RESPONSE, as it came.
 */
export function afterCharge(record: ChannelRecord, sent: Sent, extra: unknown): ChannelRecord {
  const read = chargeShape.safeParse(extra);
  const count = BigInt(record.count);
  // An answer that came late: the count has moved already.
  if (sent.amount - sent.price !== count) return answered(record, sent);
  const state = read.success ? read.data.channelState : undefined;
  const isExplained =
    read.success &&
    read.data.chargedAmount <= sent.price &&
    (state?.channelId === undefined || state.channelId === record.id) &&
    (state?.chargedCumulativeAmount === undefined ||
      state.chargedCumulativeAmount === count + read.data.chargedAmount);
  if (!isExplained) return withoutAnswer(record);
  return {
    ...answered(record, sent),
    count: String(count + read.data.chargedAmount),
    doubt: null,
    isRecovered: false,
    toldRef: refIn(state?.channelRef) ?? record.toldRef,
  };
}

/** The seller refused a promise: it served nothing for it. */
export function afterRefusal(record: ChannelRecord, sent: Pick<Sent, 'amount'>): ChannelRecord {
  return answered(record, sent);
}

/**
 * The seller says that its count is another one, and shows the largest promise that it holds (the corrective 402).
 *
 * A higher count is taken when the seller's proof is the buyer's own signature, and either the buyer lost its records of that
 * promise, or the answer to it was lost. Else the seller says that it charged what it did not serve.
 *
 * @param extra of the seller's price, as it came.
 * @param most so many lost answers may be charged in all.
 * @returns the record with the seller's count, or `undefined` where nothing proves it.
 */
export function afterCorrection(
  record: ChannelRecord,
  sent: Pick<Sent, 'amount'>,
  extra: unknown,
  most: number,
): ChannelRecord | undefined {
  const read = correctionShape.safeParse(extra);
  if (!read.success || record.iouKey === null) return undefined;
  const { channelState: state, voucherState: proof } = read.data;
  const told = state.chargedCumulativeAmount;
  const held = proof.signedMaxClaimable;
  const isProven =
    state.channelId === record.id &&
    told <= held &&
    told >= state.totalClaimed &&
    told >= BigInt(record.subbed) &&
    isPromise(record.id, held, record.iouKey, proof.signature);
  if (!isProven) return undefined;
  const settled = {
    ...answered(record, sent),
    count: String(told),
    signed: String(larger(held, BigInt(record.signed))),
    toldRef: refIn(state.channelRef) ?? record.toldRef,
    doubt: null,
    isRecovered: false,
  };
  if (told <= BigInt(record.count)) return settled;
  // It holds a promise of which the records know nothing: they are older than the promise.
  if (record.isRecovered || held > BigInt(record.signed)) return settled;
  const doubt = record.doubt === null ? 0n : BigInt(record.doubt.amount);
  if (told > doubt || record.lostAnswers >= most) return undefined;
  return { ...settled, lostAnswers: record.lostAnswers + 1 };
}

function answered(record: ChannelRecord, { amount }: Pick<Sent, 'amount'>): ChannelRecord {
  const isThis = record.pending !== null && BigInt(record.pending.amount) === amount;
  return isThis ? { ...record, pending: null } : record;
}

function refIn(text: string | undefined): ChannelRecord['toldRef'] {
  const ref = text === undefined ? undefined : parseOutRef(text);
  return ref === undefined ? null : outRefKey(ref);
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
