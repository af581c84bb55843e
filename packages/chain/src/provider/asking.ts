import type { ProviderOperations } from './operations.js';
import type { ChainProvider } from './provider.js';

/**
 * Decides who gives way when a budget is short. `interactive` may use all of it. `stranger`, a caller without a key,
 * leaves the reserve. `polling` leaves what interactive callers may need at once.
 */
export type Priority = 'interactive' | 'stranger' | 'polling';

/** Whose allowance pays for calls. */
export type CallPayment = {
  /**
   * One call is about to be made.
   *
   * @throws LookupLimitError when the allowance has no room.
   */
  spend(): Promise<void>;
  /** That call was not made after all. */
  unspend(): Promise<void>;
};

/** Who asks a provider, and who pays for it. */
export type Asking = {
  readonly priority: Priority;
  /** Unset: no caller is charged. */
  readonly payment?: CallPayment | undefined;
};

/** This facilitator itself asks. */
export const OURSELVES: Asking = { priority: 'interactive' };

/** The same provider, asked by someone else. One without a payer stays as it is. */
export function askedBy(provider: ChainProvider, asking: Asking): ChainProvider {
  return provider.askedBy?.(asking) ?? provider;
}

/**
 * A provider that can be asked by others; by this facilitator itself at first. What it keeps must not be made in
 * `operationsFor`, so that all who ask share it.
 */
export function askable(
  { name, network }: Pick<ChainProvider, 'name' | 'network'>,
  operationsFor: (asking: Asking) => ProviderOperations,
): ChainProvider {
  const as = (asking: Asking): ChainProvider => ({
    name,
    network,
    ...operationsFor(asking),
    askedBy: as,
  });
  return as(OURSELVES);
}
