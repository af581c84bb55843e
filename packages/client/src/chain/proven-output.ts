import {
  type ChainOutput,
  type OutRef,
  outRefKey,
  readCreatedOutputs,
} from '@x402-facilitator/cardano/ledger';
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
  const created = readCreatedOutputs(found.bytes, found.isValid);
  if (!created.ok)
    throw new ChainUnreachableError(
      `the chain's provider gave bytes that are no transaction: ${created.error}`,
    );
  if (created.value.id !== outRef.txHash)
    throw new ChainUnreachableError(
      `expected the bytes of ${outRef.txHash} from the chain's provider, found those of ${created.value.id}`,
    );
  return created.value.outputs.find((output) => outRefKey(output.outRef) === outRefKey(outRef));
}
