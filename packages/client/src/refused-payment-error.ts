/** The wallet refused to sign this payment. Nothing was signed. */
export class RefusedPaymentError extends Error {
  override readonly name = 'RefusedPaymentError';
}

/** @param reason what was expected and what was found. */
export function refuse(reason: string): never {
  throw new RefusedPaymentError(`not signed: ${reason}`);
}
