/**
 * The part of the ledger with which a wallet builds and reads transactions. It runs in browsers too: nothing here, nor in what it
 * imports, is of Node alone.
 */
export { err, ok, type Result } from '../result.js';
export { addressOf, parseAddress } from './address/index.js';
export {
  type Amounts,
  changeValues,
  encodeOutput,
  leastLovelaceOf,
  type NewOutput,
  quantityOf,
  subtract,
  sum,
} from './building/index.js';
export { bytesOf, encodeArray, encodeBytes, encodeHead, encodeMap, readCbor } from './cbor/index.js';
export type { ChainOutput, NetworkFacts, ProtocolParameters } from './facts/index.js';
export {
  type Network,
  networkIdOf,
  parseNetwork,
  slotAt,
  slotStartMs,
  timelineOf,
} from './network/index.js';
export { minimumLovelaceOfSize } from './phase-1/min-utxo.js';
export {
  type AssetId,
  blake2b224,
  concatBytes,
  equalBytes,
  fromHex,
  LOVELACE,
  lovelace,
  nativeAssetId,
  type OutRef,
  type OutRefKey,
  outRefKey,
  parseAssetId,
  parseOutRef,
  parseTxHash,
  type Slot,
  slot,
  type TxHash,
  toHex,
} from './primitives/index.js';
export { assembleWitness } from './transaction/assemble-witness.js';
export {
  decodeTransaction,
  provenOutputs,
  readCreatedOutputs,
  type Transaction,
  type TransactionOutput,
} from './transaction/index.js';
