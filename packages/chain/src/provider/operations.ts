import type { ChainProvider } from './provider.js';

/** The operations of a provider. */
export type ProviderOperations = Omit<ChainProvider, 'name' | 'network' | 'askedBy'>;

/** Runs one operation. It chooses the provider, and may try more than once. */
export type RunOperation = <T>(operation: (provider: ChainProvider) => Promise<T>) => Promise<T>;

/** Every operation, each through `run`. This is the one place that lists them. */
export function operationsThrough(run: RunOperation): ProviderOperations {
  return {
    getTransactionOutputs: (txHash) => run((provider) => provider.getTransactionOutputs(txHash)),
    getSpender: (output) => run((provider) => provider.getSpender(output)),
    getTip: () => run((provider) => provider.getTip()),
    getBlock: (hashOrHeight) => run((provider) => provider.getBlock(hashOrHeight)),
    getBlocksAfter: (hashOrHeight, limit) => run((provider) => provider.getBlocksAfter(hashOrHeight, limit)),
    getBlockTransactions: (hashOrHeight, page) =>
      run((provider) => provider.getBlockTransactions(hashOrHeight, page)),
    getTransaction: (txHash) => run((provider) => provider.getTransaction(txHash)),
    getTransactionBytes: (txHash) => run((provider) => provider.getTransactionBytes(txHash)),
    isInMempool: (txHash) => run((provider) => provider.isInMempool(txHash)),
    getUnspentOutputs: (address) => run((provider) => provider.getUnspentOutputs(address)),
    getAsset: (asset) => run((provider) => provider.getAsset(asset)),
    getProtocolParameters: () => run((provider) => provider.getProtocolParameters()),
    getTimeline: () => run((provider) => provider.getTimeline()),
    submitTransaction: (bytes) => run((provider) => provider.submitTransaction(bytes)),
  };
}

/** A provider like `provider`, with some operations replaced. Caches and joined reads are layered this way. */
export function decorateProvider(
  provider: ChainProvider,
  replaced: Partial<ProviderOperations>,
): ChainProvider {
  const { name, network } = provider;
  return { name, network, ...operationsThrough((operation) => operation(provider)), ...replaced };
}
