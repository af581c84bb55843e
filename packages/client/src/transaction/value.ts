import { type Amounts, type AssetId, LOVELACE } from '@x402-facilitator/cardano/ledger';

/** An amount of one asset. */
export function amountOf(asset: AssetId, amount: bigint): Amounts {
  return asset === LOVELACE
    ? { lovelace: amount, assets: new Map() }
    : { lovelace: 0n, assets: new Map([[asset, amount]]) };
}
