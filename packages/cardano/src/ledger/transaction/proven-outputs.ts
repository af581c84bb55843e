import { err, ok, type Result } from '../../result.js';
import type { ChainOutput } from '../facts/index.js';
import { type OutRef, outRefKey } from '../primitives/out-ref.js';
import type { TxHash } from '../primitives/tx-hash.js';
import { decodeTransaction } from './decode-transaction.js';
import { readCreatedOutputs } from './read-created-outputs.js';

/**
 * What a transaction left on the ledger, proven by its id, so that the provider of the bytes need not be believed.
 *
 * @param txHash the id that the bytes must have.
 * @param spent an output that it must have spent, too.
 * @returns the outputs, or what the bytes do not prove. Never throws.
 * @example
 * const made = provenOutputs(included, spender, channelRef);
 */
export function provenOutputs(
  { bytes, isValid }: { readonly bytes: Uint8Array; readonly isValid: boolean },
  txHash: TxHash,
  spent?: OutRef,
): Result<readonly ChainOutput[], string> {
  const created = readCreatedOutputs(bytes, isValid);
  if (!created.ok) return err(`expected the bytes of ${txHash}, found others: ${created.error}`);
  const { id, outputs } = created.value;
  if (id !== txHash) return err(`expected the bytes of ${txHash}, found those of ${id}`);
  if (spent === undefined) return ok(outputs);
  const wanted = outRefKey(spent);
  const decoded = decodeTransaction(bytes);
  // With failed scripts it spent its collateral alone.
  const isSpent = isValid && decoded.ok && decoded.value.inputs.some((input) => outRefKey(input) === wanted);
  return isSpent ? ok(outputs) : err(`expected ${txHash} to spend ${wanted}, found that it does not`);
}
