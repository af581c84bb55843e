import { type ChainOutput, type OutRef, outRefKey, provenOutputs } from '@x402-facilitator/cardano/ledger';
import { type ChainReader, ChainUnreachableError } from './chain-reader.js';

/**
 * Reads an output out of the bytes of the transaction that made it. The bytes must hash to that transaction's id, so a provider cannot
 * invent its owner or its value. Whether it is still unspent is only the provider's word; the ledger refuses a payment
 * that spends it twice.
 *
 * @returns `undefined` for an output that is not on the chain.
 * @throws ChainUnreachableError when the provider does not answer, or gives other bytes.
 */
export async function provenOutput(chain: ChainReader, outRef: OutRef): Promise<ChainOutput | undefined> {
  const found = await chain.transaction(outRef.txHash);
  if (found === undefined) return undefined;
  const made = provenOutputs(found, outRef.txHash);
  if (!made.ok)
    throw new ChainUnreachableError(`the chain's provider gave bytes that prove nothing: ${made.error}`);
  return made.value.find((output) => outRefKey(output.outRef) === outRefKey(outRef));
}
