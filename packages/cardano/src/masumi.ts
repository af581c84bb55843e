/**
 * What a buyer needs to pay into Masumi's escrow. It runs in browsers too: nothing here, nor in what it imports, is of Node
 * alone.
 */
export { parseShelleyAddress } from './ledger/address/index.js';
export type { ChainAsset } from './ledger/facts/index.js';
export {
  type BuyersLock,
  buyersLock,
  checkBuyersLock,
  checkOwnContent,
  checkRegisteredSeller,
  type MasumiOrder,
  readMasumiOrder,
} from './schemes/exact/methods/masumi/buyers-lock.js';
export type { MasumiEscrow } from './schemes/policy.js';
