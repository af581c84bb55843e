import type { TxHash } from '@x402-facilitator/cardano';
import { type ChainProvider, ChainProviderError, type TransactionEvidence } from '@x402-facilitator/chain';

/** Where a transaction is. `unknown` when the provider did not answer, because an error does not prove absence. */
export type Whereabouts =
  | { readonly kind: 'on-chain'; readonly evidence: TransactionEvidence }
  | { readonly kind: 'in-mempool' }
  | { readonly kind: 'nowhere' }
  /** Not in a block, and no available provider shows a mempool. */
  | { readonly kind: 'not-on-chain'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** Looks for a transaction in the chain and then in the mempool. */
export async function lookOnChain(
  provider: Pick<ChainProvider, 'getTransaction' | 'isInMempool'>,
  txHash: TxHash,
): Promise<Whereabouts> {
  try {
    const evidence = await provider.getTransaction(txHash);
    if (evidence !== undefined) return { kind: 'on-chain', evidence };
    return await lookInMempool(provider, txHash);
  } catch (error) {
    if (error instanceof ChainProviderError) return { kind: 'unknown', message: error.message };
    throw error;
  }
}

async function lookInMempool(
  provider: Pick<ChainProvider, 'isInMempool'>,
  txHash: TxHash,
): Promise<Whereabouts> {
  try {
    return (await provider.isInMempool(txHash)) ? { kind: 'in-mempool' } : { kind: 'nowhere' };
  } catch (error) {
    if (!(error instanceof ChainProviderError) || error.outcome !== 'unsupported') throw error;
    return { kind: 'not-on-chain', message: error.message };
  }
}
