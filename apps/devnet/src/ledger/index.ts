export { genesisBlock } from './genesis.js';
export { DECODER_FAILURE, type LedgerContext, type LedgerFailure } from './judge.js';
export { Ledger } from './ledger.js';
export {
  assetKey,
  assetOf,
  type Block,
  credentialKey,
  labelKey,
  type OutputRecord,
  type TransactionRecord,
  unitOf,
} from './records.js';
export type { Submission, SubmitResult } from './submissions.js';
export { ChainView, type PlacedTransaction } from './view.js';
