import type {
  PaymentPayloadContext,
  PaymentPayloadResult,
  PaymentRequirements,
  SchemeNetworkClient,
} from '@x402/core/types';
import type { SignedPayment } from './build-payment.js';
import { askForSponsorship, FEE_SPONSORSHIP, sponsorshipUrlOf } from './fee-sponsorship.js';
import type { CardanoWallet } from './wallet.js';

/** The payer's half of the `exact` scheme on `cardano:*`: it signs and hands over, it never submits. */
export class ExactCardanoClient implements SchemeNetworkClient {
  readonly scheme = 'exact';
  readonly #wallet: CardanoWallet;
  readonly #onSigned: ((payment: SignedPayment) => void) | undefined;
  readonly #fetch: typeof globalThis.fetch;

  constructor(
    wallet: CardanoWallet,
    onSigned?: (payment: SignedPayment) => void,
    fetch: typeof globalThis.fetch = globalThis.fetch,
  ) {
    this.#wallet = wallet;
    this.#fetch = fetch;
    this.#onSigned = onSigned;
  }

  async createPaymentPayload(
    x402Version: number,
    requirements: PaymentRequirements,
    context?: PaymentPayloadContext,
  ): Promise<PaymentPayloadResult> {
    const payment = await this.#sign(requirements, sponsorshipUrlOf(context?.extensions));
    this.#onSigned?.(payment);
    const { transactionBase64: transaction, nonce, sponsorshipId: id } = payment;
    const payload = { transaction, nonce };
    if (id === undefined) return { x402Version, payload };
    return { x402Version, payload, extensions: { [FEE_SPONSORSHIP]: { info: { id } } } };
  }

  /** A wallet that cannot pay alone asks the facilitator to pay the fee, where the server says that it does. */
  async #sign(requirements: PaymentRequirements, sponsorshipUrl: string | undefined): Promise<SignedPayment> {
    const wallet = this.#wallet;
    if (sponsorshipUrl === undefined) return wallet.sign(requirements);
    try {
      return await wallet.sign(requirements);
    } catch {
      const sponsorship = await askForSponsorship({
        url: sponsorshipUrl,
        requirements,
        payer: wallet.address,
        fetch: this.#fetch,
      });
      return wallet.sign(requirements, sponsorship);
    }
  }
}
