export { type AssetId, LOVELACE, nativeAssetId, parseAssetId } from './asset.js';
export type { Brand } from './brand.js';
export { concatBytes, equalBytes } from './bytes.js';
export { blake2b224, blake2b256 } from './hash.js';
export { fromHex, toHex } from './hex.js';
export { type Lovelace, lovelace } from './lovelace.js';
export { type OutRef, type OutRefKey, outRefKey, parseOutRef } from './out-ref.js';
export { type Slot, slot } from './slot.js';
export { isTxHash, parseTxHash, type TxHash } from './tx-hash.js';
