import type { Amounts } from '../../../ledger/building/index.js';
import { type AssetId, LOVELACE } from '../../../ledger/primitives/asset.js';

/** So much of one asset, and for a token this ADA beside it. */
export function amountOf(asset: AssetId, amount: bigint, beside: bigint): Amounts {
  if (asset === LOVELACE) return { lovelace: amount, assets: new Map() };
  return { lovelace: beside, assets: new Map(amount === 0n ? [] : [[asset, amount]]) };
}
