import type { AssetId, ChainOutput } from '@x402-facilitator/cardano';
import { type OutputRecord, unitOf } from '../../ledger/index.js';

export type Amount = { readonly unit: string; readonly quantity: string };

/** An output's value in Blockfrost's notation, lovelace first. */
export function amountsOf({ lovelace, assets }: Pick<ChainOutput, 'lovelace' | 'assets'>): Amount[] {
  return [
    { unit: 'lovelace', quantity: lovelace.toString() },
    ...[...assets].map(([asset, quantity]) => ({ unit: unitOf(asset), quantity: quantity.toString() })),
  ];
}

/** The sum of several outputs, lovelace first. */
export function sumOf(outputs: readonly OutputRecord[]): Amount[] {
  let lovelace = 0n;
  const assets = new Map<AssetId, bigint>();
  for (const { output } of outputs) {
    lovelace += output.lovelace;
    for (const [asset, quantity] of output.assets) assets.set(asset, (assets.get(asset) ?? 0n) + quantity);
  }
  return [
    { unit: 'lovelace', quantity: lovelace.toString() },
    ...[...assets].map(([asset, quantity]) => ({ unit: unitOf(asset), quantity: quantity.toString() })),
  ];
}

/** The datum and script fields that every rendering of an output has. */
export function attachmentsOf({ datumHash, inlineDatum, referenceScript }: ChainOutput) {
  return {
    data_hash: datumHash ?? null,
    inline_datum: inlineDatum ?? null,
    reference_script_hash: referenceScript?.hash ?? null,
  };
}
