import type { OutRefKey, ProtocolParameters, Slot, Transaction } from '@x402-facilitator/cardano';
import type { NetworkProfile } from '../network/index.js';
import type { OutputRecord } from './records.js';

/** One predicate failure of the Conway ledger. */
export type LedgerFailure = {
  /** The constructor that names it, `BadInputsUTxO`. */
  readonly rule: string;
  /** As a node prints it, `ConwayUtxowFailure (UtxoFailure (BadInputsUTxO (…)))`. */
  readonly text: string;
};

/** The rule of bytes that a node's decoder refuses before the ledger sees them. Its text is the decoder's message. */
export const DECODER_FAILURE = 'DecoderFailure';

/** The state that a transaction is judged against. */
export type LedgerContext = {
  readonly profile: NetworkProfile;
  readonly parameters: ProtocolParameters;
  /** The slot in which the transaction is judged. */
  readonly slot: Slot;
  /** Outputs that the transaction names and that are still unspent. */
  readonly unspent: ReadonlyMap<OutRefKey, OutputRecord>;
};

/** Every rule that the transaction breaks, in any order. Empty when the ledger accepts it. */
export type Judge = (transaction: Transaction, context: LedgerContext) => readonly LedgerFailure[];
