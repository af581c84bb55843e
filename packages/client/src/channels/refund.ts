import { encodePaymentSignatureHeader } from '@x402/core/http';
import type { PaymentRequired, PaymentRequirements } from '@x402/core/types';
import { SCHEME } from '@x402-facilitator/cardano/channels';
import { LOVELACE, leastLovelaceOf } from '@x402-facilitator/cardano/ledger';
import { slotAt } from '../chain/index.js';
import { type Answer, fetchAnswer, requiredIn } from '../purchase/index.js';
import { bytesOfAddress } from '../transaction/index.js';
import { COUNT_DIFFERS } from './answers.js';
import { afterCorrection, withoutAnswer } from './counting.js';
import { heldBy, recordedTransaction } from './deposits.js';
import { seenOnChain } from './pay.js';
import { refundPayload, sentIn } from './payloads.js';
import { positionOf } from './position.js';
import type { ChannelRecord } from './record.js';
import { type Context, recordOf } from './settings.js';
import { refundOf } from './spends.js';
import { channelTermsOf } from './terms.js';

/** What became of a cooperative end. */
export type Refunded =
  /** The seller says that it is done. The channel pays for nothing more, and has ended once the chain shows it. */
  | { readonly kind: 'refunded'; readonly txHash: string }
  /**
   * The seller's share cannot stand alone in an output: it claims first. Ask again then, or leave alone.
   *
   * `owed` is in units of the currency.
   */
  | { readonly kind: 'unclaimed'; readonly owed: bigint }
  /** It may still be included, whatever the seller says. Ask again, which shows the same bytes; or leave alone. */
  | { readonly kind: 'open'; readonly txHash: string; readonly reason: string }
  /** The seller, or the chain's state, does not allow it. Its buyer can leave alone. */
  | { readonly kind: 'refused'; readonly reason: string };

const VALID_MS = 20 * 60_000;
/** A seller answers when the refund is settled. */
const ANSWER = { timeoutMs: 120_000, most: 1_048_576 };

/** Asks the seller to end a channel together. */
export async function refundChannel(
  context: Context,
  channelId: string,
  resource: string,
  fetch: typeof globalThis.fetch,
): Promise<Refunded> {
  const first = await fetchAnswer(fetch, resource, {}, ANSWER);
  const required = requiredIn(first);
  if (required === undefined)
    return { kind: 'refused', reason: `expected a price at ${resource}, found HTTP ${first.status}` };
  const asked = await askFor(context, channelId, required, resource, fetch);
  if (!('corrected' in asked)) return asked;
  // The seller proved another count. Once: its next answer is final.
  const again = await askFor(context, channelId, required, resource, fetch);
  return 'corrected' in again ? { kind: 'refused', reason: 'the seller does not settle on a count' } : again;
}

async function askFor(
  context: Context,
  channelId: string,
  required: PaymentRequired,
  resource: string,
  fetch: typeof globalThis.fetch,
): Promise<Refunded | { readonly corrected: true }> {
  const { store, now } = context;
  const keys = await context.iouKeys();
  const made = await store.exclusively(async () => {
    const before = await recordOf(context, channelId);
    const record = await seenOnChain(context, before);
    const asked = before.transaction?.kind === 'refund' ? before.transaction : undefined;
    const isAskedFor =
      record.state === 'ended' &&
      asked !== undefined &&
      (await context.wallet.chain.transaction(asked.txHash)) !== undefined;
    await store.save(record);
    if (isAskedFor) return { kind: 'refunded' as const, txHash: asked.txHash };
    const accepted = priceFor(context, record, required);
    if (accepted === undefined) return refused('expected a price on the channel’s terms, found none');
    if (record.state !== 'open' || record.iouKey === null)
      return refused(`expected an open channel, found one that is ${record.state}`);
    if (record.pending !== null && now() < record.pending.sentAtMs + context.answerTimeoutMs)
      return refused('expected a channel that pays for nothing now, found one whose answer has not come');
    const bound = { ...withoutAnswer(record), receiver: accepted.payTo };
    if (record.transaction?.kind === 'refund') {
      const { base64, txHash } = record.transaction;
      const payload = refundPayload(bound, base64, keys);
      return { kind: 'made' as const, accepted, payload, txHash, isAgain: true };
    }
    if (record.transaction !== null)
      return refused(`expected no transaction of it on its way, found a ${record.transaction.kind}`);
    const share = await shareOf(context, bound, accepted);
    if (share.kind === 'unclaimed') return share;
    const position = await positionOf(bound, context.wallet.chain);
    if (position.kind !== 'found') return refused('expected an open channel, found none on the ledger');
    const records = await store.list();
    const signed = await context.wallet.signChannel({
      held: heldBy(records.filter(({ id }) => id !== channelId)),
      build: async (available, nowMs) => {
        const validToMs = nowMs + VALID_MS;
        const ttl = slotAt(context.network, validToMs);
        const spend = { position, share: share.owed, payTo: accepted.payTo, available, ttl };
        return { ...(await refundOf(context, bound, spend)), validToMs };
      },
    });
    // A promise of the count: it pays for nothing more.
    const count = BigInt(bound.count);
    const largest = count > BigInt(bound.signed) ? bound.count : bound.signed;
    const kept: ChannelRecord = {
      ...bound,
      signed: largest,
      transaction: recordedTransaction('refund', signed, 0n),
      changedAtMs: now(),
    };
    await store.save(kept);
    return {
      kind: 'made' as const,
      accepted,
      payload: refundPayload(kept, signed.base64, keys),
      txHash: signed.txHash,
      isAgain: false,
    };
  });
  if (made.kind !== 'made') return made;
  const { accepted, payload } = made;
  const header = encodePaymentSignatureHeader({
    x402Version: 2,
    resource: required.resource,
    accepted,
    payload,
  });
  let answer: Answer;
  try {
    const headers = { 'PAYMENT-SIGNATURE': header };
    answer = await fetchAnswer(fetch, resource, { headers }, ANSWER);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'open', txHash: made.txHash, reason };
  }
  return concluded(context, channelId, made, answer);
}

const refused = (reason: string) => ({ kind: 'refused', reason }) as const;

/** Takes the seller's answer into the record. */
async function concluded(
  context: Context,
  channelId: string,
  {
    payload,
    txHash,
    isAgain,
  }: { readonly payload: unknown; readonly txHash: string; readonly isAgain: boolean },
  answer: Answer,
): Promise<Refunded | { readonly corrected: true }> {
  const { store, now } = context;
  const { receipt } = answer;
  // Its record says that it has ended only when the chain does.
  if (receipt?.success === true && receipt.transaction === txHash) return { kind: 'refunded', txHash };
  const required = requiredIn(answer);
  const code = receipt?.errorReason ?? required?.error ?? `HTTP ${answer.status}`;
  // Only a 402 that tells of no settlement is the refusal of a seller that has not signed, and only at the first time.
  const isRefusal = answer.status === 402 && receipt === undefined;
  if (!isRefusal || (isAgain && code !== COUNT_DIFFERS)) return { kind: 'open', txHash, reason: code };
  const sent = sentIn(payload);
  const isCorrected = await store.exclusively(async () => {
    const record = { ...(await recordOf(context, channelId)), transaction: null };
    await store.save(record);
    if (code !== COUNT_DIFFERS || sent === undefined) return false;
    for (const { extra } of required?.accepts ?? []) {
      const corrected = afterCorrection(record, sent, extra, context.maxLostAnswers);
      if (corrected === undefined || corrected.count === record.count) continue;
      await store.save({ ...corrected, changedAtMs: now() });
      return true;
    }
    return false;
  });
  return isCorrected ? { corrected: true } : refused(code);
}

/** The seller's price on a channel's terms. */
function priceFor(
  context: Context,
  record: ChannelRecord,
  required: PaymentRequired,
): PaymentRequirements | undefined {
  return required.accepts.find((each) => {
    if (each.scheme !== SCHEME) return false;
    try {
      // What a request costs does not matter here.
      const terms = channelTermsOf(each, { ...context, maxPrice: { [record.token]: 2n ** 63n } });
      return (
        terms.scriptHash === record.scriptHash &&
        terms.receiverAuthorizer === record.receiverAuthorizer &&
        terms.token === record.token &&
        terms.withdrawDelay === record.withdrawDelay &&
        (record.receiver === null || record.receiver === terms.receiver)
      );
    } catch {
      return false;
    }
  });
}

/** What the seller gets of the refund, in an output of its own. */
async function shareOf(context: Context, record: ChannelRecord, { payTo }: PaymentRequirements) {
  const owed = BigInt(record.count) - BigInt(record.subbed);
  if (owed === 0n) return { kind: 'share', owed } as const;
  const output = { address: bytesOfAddress(payTo), value: { lovelace: owed, assets: new Map() } };
  const { coinsPerUtxoByte } = await context.wallet.chain.parameters();
  const canStand = record.token === LOVELACE && owed >= leastLovelaceOf(output, { coinsPerUtxoByte });
  return canStand ? ({ kind: 'share', owed } as const) : ({ kind: 'unclaimed', owed } as const);
}
