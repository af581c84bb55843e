export {
  type BlockfrostProviderOptions,
  type ClosableChainProvider,
  createBlockfrostProvider,
  type ProviderCall,
  type ProviderCallOutcome,
} from './blockfrost/index.js';
export type { Clock } from './clock.js';
export {
  type ChainBlock,
  type ChainPoint,
  type ChainProvider,
  ChainProviderError,
  type ProviderOutput,
  type SubmitOutcome,
  type TransactionEvidence,
} from './provider.js';
