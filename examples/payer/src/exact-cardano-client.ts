import type { SpendControls } from '@x402/core/client';
import type {
  PaymentPayloadContext,
  PaymentPayloadResult,
  PaymentRequirements,
  SchemeNetworkClient,
} from '@x402/core/types';
import { askForSponsorship, FEE_SPONSORSHIP, sponsorshipUrlOf } from './fee-sponsorship.js';
import { NotEnoughAdaError } from './not-enough-ada-error.js';
import type { SignedPayment } from './sign-payment.js';
import { type SpendLimits, spendLimitsOf } from './spend-limits.js';
import type { CardanoWallet } from './wallet.js';

export type ExactCardanoClientOptions = {
  readonly wallet: CardanoWallet;
  /** The same as for `x402Client`, but applied to the transaction instead of the price. */
  readonly spendControls?: SpendControls | undefined;
  readonly onSigned?: ((payment: SignedPayment) => void) | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long a sponsor may take to answer. */
  readonly sponsorTimeoutMs?: number | undefined;
};

/** The payer's half of the `exact` scheme on `cardano:*`. It signs payments and never submits them. */
export class ExactCardanoClient implements SchemeNetworkClient {
  readonly scheme = 'exact';
  readonly #options: ExactCardanoClientOptions;

  constructor(options: ExactCardanoClientOptions) {
    this.#options = options;
  }

  async createPaymentPayload(
    x402Version: number,
    requirements: PaymentRequirements,
    context?: PaymentPayloadContext,
  ): Promise<PaymentPayloadResult> {
    const { spendControls = {}, onSigned } = this.#options;
    const { network, asset } = requirements;
    const limits = spendLimitsOf(spendControls, network, { asset, cap: context?.maxAmountPerPayment });
    const payment = await this.#sign(requirements, limits, sponsorshipUrlOf(context?.extensions));
    onSigned?.(payment);
    const { transactionBase64: transaction, nonce, sponsorshipId: id } = payment;
    const payload = { transaction, nonce };
    if (id === undefined) return { x402Version, payload };
    return { x402Version, payload, extensions: { [FEE_SPONSORSHIP]: { info: { id } } } };
  }

  /** A wallet that lacks only ADA asks the facilitator to pay the fee, if the server offers it. */
  async #sign(
    requirements: PaymentRequirements,
    limits: SpendLimits,
    url: string | undefined,
  ): Promise<SignedPayment> {
    const { wallet, fetch = globalThis.fetch, sponsorTimeoutMs: timeoutMs } = this.#options;
    try {
      return await wallet.sign(requirements, { limits });
    } catch (error) {
      if (url === undefined || !(error instanceof NotEnoughAdaError)) throw error;
      const payer = wallet.address;
      const sponsorship = await askForSponsorship({ url, requirements, payer, fetch, timeoutMs });
      return wallet.sign(requirements, { limits, sponsorship });
    }
  }
}
