import type { PaymentRequirements, SettleResponse } from '@x402/core/types';
import type { SignedPayment } from '../payment/index.js';

/** The steps on the way to a resource, in order. */
export type BuyingStep =
  | { readonly kind: 'payment-required'; readonly price: PaymentRequirements }
  | { readonly kind: 'signed'; readonly payment: SignedPayment }
  /** A payment of an earlier call is shown again. */
  | { readonly kind: 'resumed'; readonly payment: SignedPayment }
  /** Not settled yet, or the answer says nothing: the same payment is shown again after a pause. */
  | {
      readonly kind: 'pending';
      readonly transaction: string;
      readonly retryInMs: number;
      /** Why nothing follows from the last answer. */
      readonly reason: string;
    }
  | { readonly kind: 'answered'; readonly status: number; readonly receipt: SettleResponse | undefined }
  /** The payment can no longer be on the ledger, as the chain shows. Another one is signed. */
  | { readonly kind: 'void'; readonly transaction: string };
