/**
 * The wallet has the price, but not the ADA for the fee or for what outputs must hold. This is the only failure that a sponsor's
 * output can help with.
 */
export class NotEnoughAdaError extends Error {
  override readonly name = 'NotEnoughAdaError';
}
