import type { FacilitatorClient } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements, SettleResponse } from '@x402/core/types';
import type { BuyerFacts } from '@x402-facilitator/cardano/channels';
import { LRUCache } from 'lru-cache';
import { readView } from './answers.js';
import { CODES } from './codes.js';
import type { ChannelEvent } from './events.js';
import { type Refused, refused } from './refused.js';
import type { ChannelRecord, ChannelView } from './store.js';

const REMEMBERED = 100_000;
const PENDING = 'settlement_pending';

/** The facilitator as the counter asks it: what it throws is a refusal, and it is not asked too often. */
export class AskedFacilitator {
  readonly #facilitator: Pick<FacilitatorClient, 'verify' | 'settle'>;
  readonly #emit: (event: ChannelEvent) => void;
  /** Channels about which the facilitator was asked lately. */
  readonly #asked: LRUCache<string, true>;

  /** @param askAgainMs how often it is asked about a voucher that the record refuses. */
  constructor(
    facilitator: Pick<FacilitatorClient, 'verify' | 'settle'>,
    askAgainMs: number,
    emit: (event: ChannelEvent) => void,
  ) {
    this.#facilitator = facilitator;
    this.#emit = emit;
    this.#asked = new LRUCache({ max: REMEMBERED, ttl: askAgainMs });
  }

  /** Asks the facilitator, from where the channel was last seen. */
  async verify(
    facts: BuyerFacts,
    record: ChannelRecord | undefined,
    payload: PaymentPayload,
    requirements: PaymentRequirements,
  ): Promise<ChannelView | Refused> {
    const { type, voucher } = facts.payload;
    const { channelId, maxClaimableAmount } = voucher;
    if (type === 'voucher' && record !== undefined && this.#asked.has(channelId)) {
      if (record.withdrawRequestedAt !== 0 || record.refund !== undefined)
        return refused(CODES.closed, 'the channel is closed');
      if (maxClaimableAmount > record.balance)
        return refused(
          CODES.aboveBalance,
          `expected a promise up to ${record.balance}, found ${maxClaimableAmount}`,
        );
    }
    // After a deposit the balance may be another one, also where its answer is lost.
    if (type === 'voucher') this.#asked.set(channelId, true);
    else this.#asked.delete(channelId);
    const known = type === 'voucher' ? record?.channelRef : undefined;
    const isElsewhere = known !== undefined && known !== '' && known !== refIn(payload);
    try {
      let verified = await this.#facilitator.verify(
        isElsewhere ? withRef(payload, known) : payload,
        requirements,
      );
      if (isElsewhere && verified.invalidReason === CODES.notFound)
        verified = await this.#facilitator.verify(payload, requirements);
      if (!verified.isValid)
        return refused(
          verified.invalidReason ?? CODES.state,
          verified.invalidMessage ?? 'the facilitator refuses it',
        );
      const view = readView(verified.extra, channelId);
      return view ?? refused(CODES.unavailable, 'the facilitator does not say what the channel is');
    } catch (error) {
      this.#emit({ kind: 'failed', what: 'facilitator', error });
      return refused(CODES.unavailable, 'the facilitator cannot be asked now');
    }
  }

  /** Settles with the facilitator; what is pending is asked for once more, as `@x402/core` does. */
  async settle(payload: PaymentPayload, requirements: PaymentRequirements): Promise<SettleResponse> {
    try {
      const result = await this.#facilitator.settle(payload, requirements);
      const isPending = !result.success && result.errorReason === PENDING;
      return isPending ? await this.#facilitator.settle(payload, requirements) : result;
    } catch (error) {
      this.#emit({ kind: 'failed', what: 'facilitator', error });
      const errorMessage = 'the facilitator cannot be asked now; show the payment again';
      const { network } = requirements;
      return { success: false, errorReason: CODES.unavailable, errorMessage, transaction: '', network };
    }
  }
}

const voucherIn = ({ payload }: PaymentPayload) => payload.voucher as Readonly<Record<string, unknown>>;
const refIn = (payload: PaymentPayload) => voucherIn(payload).channelRef;

function withRef(payload: PaymentPayload, channelRef: string): PaymentPayload {
  return { ...payload, payload: { ...payload.payload, voucher: { ...voucherIn(payload), channelRef } } };
}
