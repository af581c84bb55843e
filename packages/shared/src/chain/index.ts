export {
  type ChainBlock,
  type ChainPoint,
  type ChainProvider,
  ChainProviderError,
  type ProviderOutput,
  type SubmitOutcome,
  type TransactionEvidence,
} from './provider.js';
