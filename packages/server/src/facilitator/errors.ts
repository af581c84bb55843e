import { FacilitatorResponseError } from '@x402/core/server';

/**
 * No facilitator gave a usable answer, and none can have claimed the payment for this call. The middleware of `@x402/*`
 * answers 502; the buyer shows the same payment again.
 */
export class FacilitatorUnavailableError extends FacilitatorResponseError {
  /** @param why each reason once, of every attempt: the last one is often only that the time was up. */
  constructor(operation: string, why: ReadonlySet<string>) {
    super(
      `no facilitator answered ${operation}: ${why.size === 0 ? 'no time was left' : [...why].join('; ')}`,
    );
    this.name = 'FacilitatorUnavailableError';
  }
}

/**
 * `errorReason` of a settlement whose outcome could not be learned in time: it may still succeed. Show the same payment
 * again; never ask for another one.
 */
export const SETTLEMENT_UNKNOWN = 'settlement_unknown';

/** The scheme's `errorReason` of a payment that was accepted and is not yet as deep as asked. */
export const SETTLEMENT_PENDING = 'settlement_pending';

/** Whether an outcome is none yet: the payment may still succeed. */
export const isOpen = ({ errorReason }: { readonly errorReason?: string | undefined }): boolean =>
  errorReason === SETTLEMENT_PENDING || errorReason === SETTLEMENT_UNKNOWN;
