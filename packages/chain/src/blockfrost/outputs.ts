import {
  type AssetId,
  type ChainOutput,
  LOVELACE,
  lovelace,
  type ReferenceScript,
  type TxHash,
} from '@x402-facilitator/cardano';
import type { z } from 'zod';
import type { ProviderOutput, UnspentOutput } from '../provider/index.js';
import type { addressUtxosSchema, UtxoOutput } from './schemas.js';

/**
 * The outputs that a transaction created. `collateral: true` marks the collateral return that it declared. That output
 * exists only when its scripts failed; then cardano-db-sync behind Blockfrost lists it once more as a regular output, in
 * place of those that were never created.
 */
export function regularOutputs(outputs: readonly UtxoOutput[]): readonly UtxoOutput[] {
  return outputs.filter((output) => !output.collateral);
}

/** One output, and whether the answer says that it is spent. */
export function providerOutputOf(
  txHash: TxHash,
  output: UtxoOutput,
  referenceScript: ReferenceScript | undefined,
): ProviderOutput {
  let coins = 0n;
  const assets = new Map<AssetId, bigint>();
  for (const { unit, quantity } of output.amount) {
    if (unit === LOVELACE) coins += quantity;
    else assets.set(unit, (assets.get(unit) ?? 0n) + quantity);
  }
  return {
    output: {
      outRef: { txHash, index: output.output_index },
      address: output.address,
      lovelace: lovelace(coins),
      assets,
      ...datumOf(output),
      ...(referenceScript === undefined ? {} : { referenceScript }),
    },
    spending: spendingOf(output.consumed_by_tx),
  };
}

/** One row of an address's listing. */
export function unspentOutputOf(row: z.output<typeof addressUtxosSchema>[number]): UnspentOutput {
  const { tx_hash, output_index, amount, data_hash, inline_datum, reference_script_hash } = row;
  const attached = [data_hash, inline_datum, reference_script_hash];
  return {
    outRef: { txHash: tx_hash, index: output_index },
    lovelace: amount.reduce((sum, { unit, quantity }) => (unit === LOVELACE ? sum + quantity : sum), 0n),
    isPlainAda: amount.every(({ unit }) => unit === LOVELACE) && attached.every((value) => value === null),
  };
}

/** Blockfrost gives the hash of an inline datum too, but the output carries only one of the two. */
function datumOf({ inline_datum, data_hash }: UtxoOutput): Pick<ChainOutput, 'datumHash' | 'inlineDatum'> {
  if (inline_datum !== null) return { inlineDatum: inline_datum };
  return data_hash === null ? {} : { datumHash: data_hash };
}

function spendingOf(consumedBy: TxHash | null | undefined): ProviderOutput['spending'] {
  if (consumedBy === undefined) return { status: 'unknown' };
  return consumedBy === null ? { status: 'unspent' } : { status: 'spent', by: consumedBy };
}
