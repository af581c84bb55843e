export { blockfrost } from './blockfrost.js';
export {
  type ChainReader,
  ChainUnreachableError,
  type CostParameters,
  type IncludedTransaction,
  type WalletOutput,
} from './chain-reader.js';
export { koios } from './koios.js';
export { provenOutput } from './proven-output.js';
export type { ProviderOptions } from './read-json.js';
export { slotAt } from './slots.js';
