import type { PaymentPayloadResult, PaymentRequirements, SchemeNetworkClient } from '@x402/core/types';
import type { SignedPayment } from './build-payment.js';
import type { CardanoWallet } from './wallet.js';

/** The payer's half of the `exact` scheme on `cardano:*`: it signs and hands over, it never submits. */
export class ExactCardanoClient implements SchemeNetworkClient {
  readonly scheme = 'exact';
  readonly #wallet: CardanoWallet;
  readonly #onSigned: ((payment: SignedPayment) => void) | undefined;

  constructor(wallet: CardanoWallet, onSigned?: (payment: SignedPayment) => void) {
    this.#wallet = wallet;
    this.#onSigned = onSigned;
  }

  async createPaymentPayload(
    x402Version: number,
    requirements: PaymentRequirements,
  ): Promise<PaymentPayloadResult> {
    const payment = await this.#wallet.sign(requirements);
    this.#onSigned?.(payment);
    return { x402Version, payload: { transaction: payment.transactionBase64, nonce: payment.nonce } };
  }
}
