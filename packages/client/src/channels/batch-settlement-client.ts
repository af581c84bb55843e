import type { PaymentPayloadResult, PaymentRequirements, SchemeNetworkClient } from '@x402/core/types';
import { SCHEME } from '@x402-facilitator/cardano/channels';
import { takeAnswer } from './answers.js';
import { closeChannel, type Left, leaveChannel } from './exit.js';
import { payFor } from './pay.js';
import type { ChannelRecord } from './record.js';
import { recoverChannels } from './recover.js';
import { type Refunded, refundChannel } from './refund.js';
import { type ChannelOptions, type Context, contextOf } from './settings.js';

/**
 * The buyer's half of `batch-settlement` on Cardano, for `x402Client` of `@x402/core`: it opens a channel with the first
 * payment, pays each request with a signed promise, and adds to the channel when it runs low.
 *
 * The next promise is what the seller has charged and one price, so that is the most that a seller can take without serving.
 *
 * @example
 * const channels = new BatchSettlementCardanoClient({
 *   wallet,
 *   validators: [HASH],
 *   maxPrice: { lovelace: 2_000n },
 *   limits: { lovelace: { perPayment: 5_000_000n } },
 *   store: await channelFileStore('channels'),
 * });
 * const client = new x402Client().register(wallet.network, channels).setSpendControls({ allowedAssets: true });
 */
export class BatchSettlementCardanoClient implements SchemeNetworkClient {
  readonly scheme = SCHEME;
  /** Called by `x402Client`. */
  readonly schemeHooks: NonNullable<SchemeNetworkClient['schemeHooks']>;
  readonly #context: Context;
  /** What a price is for. `x402Client` shows it to a hook, and the price alone to the scheme. */
  readonly #resources = new WeakMap<object, string>();

  /** @throws Error for options that make no sense, or a wallet without a payment key. */
  constructor(options: ChannelOptions) {
    this.#context = contextOf(options);
    this.schemeHooks = {
      onBeforePaymentCreation: async ({ paymentRequired, selectedRequirements }) => {
        const url: unknown = paymentRequired.resource?.url;
        if (typeof url === 'string') this.#resources.set(selectedRequirements, url.slice(0, MAX_URL));
      },
      // What it throws would take a resource away that was served.
      onPaymentResponse: async (answer) => {
        const isWorthAnother = await takeAnswer(this.#context, answer).catch(() => false);
        return isWorthAnother ? { recovered: true } : undefined;
      },
    };
  }

  /**
   * Makes the payment of one request, and records it before it is returned.
   *
   * @throws RefusedPaymentError for a price, a validator, a close period or a deposit that the buyer does not allow.
   * @throws ChannelInDoubtError while an earlier opening may still be included.
   * @throws ChainUnreachableError when the chain has to be asked and does not answer.
   */
  async createPaymentPayload(
    x402Version: number,
    requirements: PaymentRequirements,
  ): Promise<PaymentPayloadResult> {
    const resource = this.#resources.get(requirements) ?? null;
    return { x402Version, payload: await payFor(this.#context, requirements, resource) };
  }

  /** Every channel of the records. */
  list(): Promise<readonly ChannelRecord[]> {
    return this.#context.store.list();
  }

  /**
   * Ends a channel together with its seller: the seller gets what it charged, the wallet the rest, in one transaction.
   *
   * @param resource a URL of the seller whose price names the channel's terms.
   */
  refund(channelId: string, resource: string, fetch = globalThis.fetch): Promise<Refunded> {
    return refundChannel(this.#context, channelId, resource, fetch);
  }

  /**
   * Begins to leave a channel without its seller: from then on the close period runs, in which the seller may take what it was
   * promised.
   */
  close(channelId: string): Promise<Left> {
    return closeChannel(this.#context, channelId);
  }

  /** Takes the rest out of a closed channel, once its seller has settled or the close period is over. */
  leave(channelId: string): Promise<Left> {
    return leaveChannel(this.#context, channelId);
  }

  /** Finds the wallet's channels at the trusted validators, and records those that the records do not have. */
  recover(): Promise<readonly ChannelRecord[]> {
    return recoverChannels(this.#context);
  }
}

const MAX_URL = 2048;
