import type { ChainProvider } from './provider.js';

/** The operations of a provider, without what names it. */
export type ProviderOperations = Omit<ChainProvider, 'name' | 'network'>;

/** A provider like `provider` but for the given operations: how caches, joining and fail-over are layered. */
export function decorateProvider(
  provider: ChainProvider,
  operations: Partial<ProviderOperations>,
): ChainProvider {
  return {
    name: provider.name,
    network: provider.network,
    getTransactionOutputs: (txHash) => provider.getTransactionOutputs(txHash),
    getTip: () => provider.getTip(),
    getBlock: (hashOrHeight) => provider.getBlock(hashOrHeight),
    getBlocksAfter: (hashOrHeight, limit) => provider.getBlocksAfter(hashOrHeight, limit),
    getBlockTransactions: (hashOrHeight, page) => provider.getBlockTransactions(hashOrHeight, page),
    getTransaction: (txHash) => provider.getTransaction(txHash),
    isInMempool: (txHash) => provider.isInMempool(txHash),
    getUnspentOutputs: (address) => provider.getUnspentOutputs(address),
    getAsset: (asset) => provider.getAsset(asset),
    getProtocolParameters: () => provider.getProtocolParameters(),
    getTimeline: () => provider.getTimeline(),
    submitTransaction: (bytes) => provider.submitTransaction(bytes),
    ...operations,
  };
}
