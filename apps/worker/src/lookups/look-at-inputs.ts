import type { ChainPoint } from '@x402-facilitator/cardano';
import { type OutRefKey, parseOutRef, type TxHash } from '@x402-facilitator/cardano';
import { type ChainProvider, ChainProviderError, type ProviderOutput } from '@x402-facilitator/chain';
import type { Settlement } from '@x402-facilitator/journal';

/** The chain's facts about the inputs of a transaction that it does not show. */
export type InputsFate =
  /** All unspent: nothing on the chain prevents the transaction. */
  | { readonly kind: 'unspent' }
  /** Spent by this transaction: a block holds it, and the provider's other index lags. */
  | { readonly kind: 'spent-by-itself' }
  /** Spent by another transaction in a block: while that block is on the chain, none can include this one. */
  | {
      readonly kind: 'superseded';
      readonly input: OutRefKey;
      readonly by: TxHash;
      readonly block: ChainPoint;
    }
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * Reads the fate of a settlement's inputs, with one call per distinct parent transaction, and more where the provider must
 * be asked for a spender.
 */
export async function lookAtInputs(
  provider: Pick<ChainProvider, 'getTransactionOutputs' | 'getSpender' | 'getTransaction'>,
  { txHash, inputs }: Pick<Settlement, 'txHash' | 'inputs'>,
): Promise<InputsFate> {
  try {
    const parents = new Map<TxHash, readonly ProviderOutput[] | undefined>();
    let doubt: string | undefined;
    for (const input of inputs) {
      const ref = parseOutRef(input);
      if (ref === undefined) throw new TypeError(`Expected txHash#index as an input, found ${input}`);
      if (!parents.has(ref.txHash)) parents.set(ref.txHash, await provider.getTransactionOutputs(ref.txHash));
      const found = parents.get(ref.txHash)?.find(({ output }) => output.outRef.index === ref.index);
      if (found === undefined) doubt = `the provider knows no output ${input}`;
      else if (found.spending.status === 'unknown')
        doubt = `the provider does not say whether ${input} is spent`;
      else if (found.spending.status === 'spent') {
        const by = found.spending.by ?? (await provider.getSpender(found.output));
        if (by === undefined) {
          doubt = `${input} is spent, and the provider does not say by which transaction`;
          continue;
        }
        if (by === txHash) return { kind: 'spent-by-itself' };
        const evidence = await provider.getTransaction(by);
        if (evidence !== undefined) return { kind: 'superseded', input, by, block: evidence.block };
        doubt = `${input} is said to be spent by ${by}, which is in no block`;
      }
    }
    return doubt === undefined ? { kind: 'unspent' } : { kind: 'unknown', message: doubt };
  } catch (error) {
    if (error instanceof ChainProviderError) return { kind: 'unknown', message: error.message };
    throw error;
  }
}
