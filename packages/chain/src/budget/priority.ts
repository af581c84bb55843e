import { AsyncLocalStorage } from 'node:async_hooks';
import { decorateProvider } from '../decorate-provider.js';
import type { ChainProvider } from '../provider.js';

/** Who gives way when a budget is short: polling may use only what interactive callers can spare. */
export type Priority = 'interactive' | 'polling';

/**
 * Travels with the call rather than through every signature on its way: caching, joining and fail-over in between do
 * not care who asks, only the budget at the end does.
 */
const priorities = new AsyncLocalStorage<Priority>();

/** The priority of the call that is being made; interactive unless somebody said otherwise. */
export function currentPriority(): Priority {
  return priorities.getStore() ?? 'interactive';
}

/** The same provider, every call with the given priority. */
export function prioritized(provider: ChainProvider, priority: Priority): ChainProvider {
  const as = <T>(call: () => T): T => priorities.run(priority, call);
  return decorateProvider(provider, {
    getTransactionOutputs: (txHash) => as(() => provider.getTransactionOutputs(txHash)),
    getUnspentOutputs: (address) => as(() => provider.getUnspentOutputs(address)),
    getAsset: (asset) => as(() => provider.getAsset(asset)),
    getTip: () => as(() => provider.getTip()),
    getBlock: (hashOrHeight) => as(() => provider.getBlock(hashOrHeight)),
    getBlocksAfter: (hashOrHeight, limit) => as(() => provider.getBlocksAfter(hashOrHeight, limit)),
    getBlockTransactions: (hashOrHeight, page) => as(() => provider.getBlockTransactions(hashOrHeight, page)),
    getTransaction: (txHash) => as(() => provider.getTransaction(txHash)),
    isInMempool: (txHash) => as(() => provider.isInMempool(txHash)),
    getProtocolParameters: () => as(() => provider.getProtocolParameters()),
    getTimeline: () => as(() => provider.getTimeline()),
    submitTransaction: (bytes) => as(() => provider.submitTransaction(bytes)),
  });
}
