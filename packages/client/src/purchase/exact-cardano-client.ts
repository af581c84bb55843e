import type {
  PaymentPayloadContext,
  PaymentPayloadResult,
  PaymentRequirements,
  SchemeNetworkClient,
} from '@x402/core/types';
import type { CardanoWallet, SignedPayment, SpendLimits } from '../payment/index.js';
import { FEE_SPONSORSHIP } from '../sponsorship/index.js';
import { newPurchaseId, signPurchase } from './sign-purchase.js';
import { memoryStore, type PurchaseStore } from './store.js';

/** What the scheme pays with. */
export type ExactCardanoClientOptions = {
  readonly wallet: CardanoWallet;
  /** What may leave the wallet, held against the finished transaction. */
  readonly limits: SpendLimits;
  /**
   * Where the resources are, such as `https://shop.example`. A limit of `perSellerDay` needs it: the scheme is shown no
   * address but the one to pay, which the seller may name anew each time.
   */
  readonly seller?: string | undefined;
  /** Where payments are recorded, for limits of a day and for inputs in use. Default: memory. */
  readonly store?: PurchaseStore | undefined;
  /** Is told of each payment that was signed and recorded. */
  readonly onSigned?: ((payment: SignedPayment) => void) | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long a sponsor may take to answer. */
  readonly sponsorTimeoutMs?: number | undefined;
  /** The clock, in POSIX milliseconds. */
  readonly now?: (() => number) | undefined;
};

/**
 * The payer's half of the `exact` scheme on Cardano, for `x402Client` of `@x402/core`. It signs payments and never submits
 * them. `createBuyer` does more: it shows the same payment again where an answer is unclear.
 *
 * @example
 * const client = new x402Client()
 *   .register(wallet.network, new ExactCardanoClient({ wallet, limits: { lovelace: { perPayment: 2_000_000n } } }))
 *   .setSpendControls({ allowedAssets: true });
 */
export class ExactCardanoClient implements SchemeNetworkClient {
  readonly scheme = 'exact';
  readonly #options: ExactCardanoClientOptions;
  readonly #store: PurchaseStore;

  /** @throws Error for a limit per seller without a seller. */
  constructor(options: ExactCardanoClientOptions) {
    const { limits, seller } = options;
    if (
      seller === undefined &&
      limits !== 'unlimited' &&
      Object.values(limits).some(({ perSellerDay }) => perSellerDay !== undefined)
    )
      throw new Error(
        'expected the `seller` that perSellerDay is for, found none: name it, or use createBuyer',
      );
    this.#options = options;
    this.#store = options.store ?? memoryStore();
  }

  /** Signs a payment of these requirements, within the limits, and records it. */
  async createPaymentPayload(
    x402Version: number,
    requirements: PaymentRequirements,
    context?: PaymentPayloadContext,
  ): Promise<PaymentPayloadResult> {
    const { now = Date.now, fetch = globalThis.fetch, onSigned, seller = null } = this.#options;
    const purpose = { id: newPurchaseId(), what: null, url: seller, body: null };
    const options = { ...this.#options, store: this.#store, now, fetch };
    const { payment } = await signPurchase(options, requirements, context?.extensions, purpose);
    onSigned?.(payment);
    return payloadOf(x402Version, payment);
  }
}

/** A signed payment as `payload` of x402, with the extension that names its sponsor. */
export function payloadOf(x402Version: number, payment: SignedPayment): PaymentPayloadResult {
  const { transactionBase64: transaction, nonce, sponsorshipId: id } = payment;
  const payload = { transaction, nonce };
  if (id === undefined) return { x402Version, payload };
  return { x402Version, payload, extensions: { [FEE_SPONSORSHIP]: { info: { id } } } };
}
