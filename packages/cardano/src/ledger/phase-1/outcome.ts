import type { ChainOutput } from '../facts/chain-facts.js';
import type { ProtocolParameters } from '../facts/protocol-parameters.js';
import type { Network } from '../network/network.js';
import type { OutRefKey } from '../primitives/out-ref.js';
import type { Slot } from '../primitives/slot.js';
import type { Transaction } from '../transaction/transaction.js';

/** What a transaction is judged against. */
export type LedgerInput = {
  readonly transaction: Transaction;
  readonly parameters: ProtocolParameters;
  /** The slot in which it would be applied. */
  readonly slot: Slot;
  readonly network: Network;
  /** The unspent outputs that it spends, references or offers as collateral; others may be there and are not looked at. */
  readonly outputs: ReadonlyMap<OutRefKey, ChainOutput>;
  /** Hashes of the keys that will sign before it is submitted, lowercase hex: their witnesses are not missed. */
  readonly expectedSigners?: readonly string[];
};

/** One reason why the ledger would refuse. */
export type LedgerFailure = {
  /** Phase 1 costs the sender nothing; phase 2 is a script that fails, and takes the collateral. */
  readonly phase: 1 | 2;
  /** The ledger's own name of the failed predicate where it has one, such as `BadInputsUTxO`. */
  readonly rule: string;
  /** Names what was expected and what was found. */
  readonly message: string;
};

export function phase1(rule: string, message: string): LedgerFailure {
  return { phase: 1, rule, message };
}
