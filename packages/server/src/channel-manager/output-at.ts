import { type ChainOutput, type OutRef, outRefKey, provenOutputs } from '@x402-facilitator/cardano/ledger';
import type { ChannelChain } from './settings.js';

/**
 * An output, spent or not, by the bytes of the transaction that made it; `undefined` where that is in no block.
 *
 * @throws Error when the provider does not answer, or gives other bytes.
 */
export async function outputAt(
  chain: Pick<ChannelChain, 'transaction'>,
  outRef: OutRef,
): Promise<ChainOutput | undefined> {
  const included = await chain.transaction(outRef.txHash);
  if (included === undefined) return undefined;
  const made = provenOutputs(included, outRef.txHash);
  if (!made.ok) throw new Error(`the chain's provider proves another thing: ${made.error}`);
  return made.value.find((each) => outRefKey(each.outRef) === outRefKey(outRef));
}
