import type { Brand } from './brand.js';

/** An amount of ADA in lovelace (1 ADA = 1 000 000 lovelace). */
export type Lovelace = Brand<bigint, 'Lovelace'>;

/**
 * Marks a bigint as lovelace.
 *
 * @example
 * const price = lovelace(2_000_000n); // 2 ADA
 */
export function lovelace(amount: bigint): Lovelace {
  return amount as Lovelace;
}
