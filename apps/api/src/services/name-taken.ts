import type { CallName } from '@x402-facilitator/journal';

/** What a caller is told whose name for a payment stands for another one. */
export const NAME_TAKEN: Readonly<Record<CallName, { readonly code: string; readonly message: string }>> = {
  idempotencyKey: {
    code: 'idempotency_key_reused',
    message:
      'idempotency-key: expected a key of its own for each payment, found one that was used for another',
  },
  paymentIdentifier: {
    code: 'payment_identifier_reused',
    message:
      'paymentPayload.extensions.payment-identifier.info.id: expected an id of its own for each payment, found one that was used for another',
  },
};
