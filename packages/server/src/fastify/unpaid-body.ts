import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from '@x402/core/http';

/** The body of a 402: the content of the headers, for people and for programs that do not read them yet. */
export type UnpaidBody = {
  readonly error: string;
  readonly message: string;
  readonly accepts?: readonly {
    readonly network: string;
    readonly asset: string;
    readonly amount: string;
    readonly payTo: string;
  }[];
  readonly transaction?: string;
  readonly howToPay?: string;
};

const HOW_TO_PAY =
  'Decode the PAYMENT-REQUIRED header (base64 JSON), sign a transaction for one of its "accepts" without ' +
  'submitting it, and repeat the request with a PAYMENT-SIGNATURE header. See https://x402.org';

/**
 * Explains a 402 that asks for a payment, or that refused one.
 *
 * @param refusal the facilitator's message about the request's payment, if there was one
 */
export function unpaidBody(paymentRequired: string, refusal: string | undefined): UnpaidBody {
  const { error, accepts } = decodePaymentRequiredHeader(paymentRequired);
  return {
    error: error ?? 'Payment required',
    message: refusal ?? 'This resource costs money: see "accepts" for what to pay',
    accepts: accepts.map(({ network, asset, amount, payTo }) => ({ network, asset, amount, payTo })),
    howToPay: HOW_TO_PAY,
  };
}

/** Explains a 402 after the payment could not be settled, or not yet. */
export function unsettledBody(paymentResponse: string): UnpaidBody {
  const { errorReason, errorMessage, transaction } = decodePaymentResponseHeader(paymentResponse);
  const error = errorReason ?? 'settlement_failed';
  const message =
    error === 'settlement_pending'
      ? 'The payment is on its way but not deep enough yet. Do not pay again: repeat the request with the same ' +
        'PAYMENT-SIGNATURE header in a moment'
      : (errorMessage ?? error);
  return { error, message, ...(transaction === '' ? {} : { transaction }) };
}
