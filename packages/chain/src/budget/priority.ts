import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChainProvider, operationsThrough, type RunOperation } from '../provider/index.js';

/** Decides who waits when a budget is short: polling may use only what interactive callers can spare. */
export type Priority = 'interactive' | 'polling';

/**
 * Travels with the call instead of through every signature on the way. Caches, joined reads and fail-over do not care
 * who asks; only the budget at the end does.
 */
const priorities = new AsyncLocalStorage<Priority>();

/** The priority of the call that is being made; interactive unless set otherwise. */
export function currentPriority(): Priority {
  return priorities.getStore() ?? 'interactive';
}

/** The same provider, with every call made at the given priority. */
export function prioritized(provider: ChainProvider, priority: Priority): ChainProvider {
  const { name, network } = provider;
  const run: RunOperation = (operation) => priorities.run(priority, () => operation(provider));
  return { name, network, ...operationsThrough(run) };
}
