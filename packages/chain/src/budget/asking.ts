import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChainProvider, operationsThrough, type RunOperation } from '../provider/index.js';
import type { LookupPayment } from './lookup-payment.js';

/**
 * Decides who gives way when a budget is short. `interactive` may use all of it. `stranger`, a caller without a key,
 * leaves the reserve. `polling` leaves what interactive callers may need at once.
 */
export type Priority = 'interactive' | 'stranger' | 'polling';

/** Who asks a provider, and who pays for it. */
export type Asking = {
  readonly priority: Priority;
  /** Unset: no caller is charged. */
  readonly payment?: LookupPayment | undefined;
};

/**
 * Travels with the call instead of through every signature on the way. Caches, joined reads and fail-over do not care
 * who asks; only the budget at the end does.
 */
const askings = new AsyncLocalStorage<Asking>();

const OURSELVES: Asking = { priority: 'interactive' };

/** Who makes the call that is being made: this facilitator itself unless set otherwise. */
export function currentAsking(): Asking {
  return askings.getStore() ?? OURSELVES;
}

/** Runs `work` with every call in it made by `asking`. */
export function askingAs<T>(asking: Asking, work: () => T): T {
  return askings.run(asking, work);
}

/** The same provider, with every call made at the given priority and charged to no caller. */
export function prioritized(provider: ChainProvider, priority: Priority): ChainProvider {
  const { name, network } = provider;
  const run: RunOperation = (operation) => askingAs({ priority }, () => operation(provider));
  return { name, network, ...operationsThrough(run) };
}
