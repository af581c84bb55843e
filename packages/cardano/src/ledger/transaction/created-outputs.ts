import { DECODE_LIMITS } from '../cbor/decode-limits.js';
import { readCbor } from '../cbor/index.js';
import type { ChainOutput, ReferenceScript } from '../facts/index.js';
import { toHex } from '../primitives/hex.js';
import { scriptOf } from './decode/script.js';
import { hashedScript } from './script-hash.js';
import type { Transaction, TransactionOutput } from './transaction.js';

/**
 * The script inside a decoded output's `script_ref`.
 *
 * @throws Error when the bytes are not the content of a `script_ref`; those of a decoded output always are.
 */
export function referenceScriptOf(scriptRef: Uint8Array): ReferenceScript {
  const outcome = readCbor(scriptRef, DECODE_LIMITS);
  if (!outcome.ok) throw new RangeError(`script_ref: ${outcome.error.message}`);
  const { language, bytes } = scriptOf({ node: outcome.value, path: 'script_ref', source: scriptRef });
  return hashedScript(language, bytes);
}

function chainOutput(transaction: Transaction, output: TransactionOutput, index: number): ChainOutput {
  const { address, lovelace, assets, datum, scriptRef } = output;
  return {
    outRef: { txHash: transaction.id, index },
    address,
    lovelace,
    assets,
    ...(datum?.kind === 'hash' ? { datumHash: datum.hash } : {}),
    ...(datum?.kind === 'inline' ? { inlineDatum: toHex(datum.bytes) } : {}),
    ...(scriptRef === undefined ? {} : { referenceScript: referenceScriptOf(scriptRef) }),
  };
}

/**
 * The outputs that a transaction leaves on the ledger, as chain facts: its regular outputs, or, when the phase-2 flag is
 * false, only its collateral return, whose index follows theirs.
 *
 * @example
 * const [first] = createdOutputs(transaction);
 */
export function createdOutputs(transaction: Transaction): readonly ChainOutput[] {
  if (transaction.isValid) {
    return transaction.outputs.map((output, index) => chainOutput(transaction, output, index));
  }
  const { collateralReturn, outputs } = transaction;
  return collateralReturn === undefined ? [] : [chainOutput(transaction, collateralReturn, outputs.length)];
}
