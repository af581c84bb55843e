import type { ShelleyAddress } from '../../../ledger/address/index.js';
import type { AssetFact, NetworkFacts, OutputFacts } from '../../../ledger/facts/chain-facts.js';
import type { ProtocolParameters } from '../../../ledger/facts/protocol-parameters.js';
import type { Network } from '../../../ledger/network/network.js';
import type { LedgerFailure } from '../../../ledger/phase-1/outcome.js';
import type { Phase2Outcome } from '../../../ledger/phase-2/index.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import type { VerificationPolicy } from '../../policy.js';
import type { PaymentRequest } from '../../request.js';
import type { ReservedInput } from '../../scheme.js';
import type { PaymentTerms } from './terms.js';

/** What the rules on the request start from, without the chain. */
export type RequestFacts = { readonly request: PaymentRequest; readonly policy: VerificationPolicy };

export type NetworkKnown = { readonly network: Network };
export type PriceKnown = { readonly asset: AssetId; readonly amount: bigint; readonly payTo: ShelleyAddress };
export type ConfirmationsKnown = { readonly requiredConfirmations: number };
export type TimeoutKnown = { readonly maxTimeoutSeconds: number };
export type PayloadKnown = { readonly transactionBase64: string; readonly nonceText: string };
export type NonceKnown = { readonly nonce: OutRef };

/** What the decoder starts from. */
export type EncodedTransaction = {
  readonly transactionBase64: string;
  readonly parameters: ProtocolParameters;
};

export type TransactionKnown = { readonly transaction: Transaction };

/** What the rules on the transaction start from. */
export type TransactionFacts = TransactionKnown & {
  readonly terms: PaymentTerms;
  readonly payTo: ShelleyAddress;
  readonly nonce: OutRef;
  readonly networkFacts: NetworkFacts;
  /** POSIX milliseconds. */
  readonly nowMs: number;
  /** This facilitator has broadcast exactly this transaction: the ledger decides about its validity interval. */
  readonly isBroadcast: boolean;
  /** Hashes of the keys whose signature is invalid, where that was found out before; the rule verifies them itself otherwise. */
  readonly invalidSigners?: readonly string[] | undefined;
  /** The transaction that these terms are bound to, when only one may ever pay them. */
  readonly termsBoundTo?: TxHash | undefined;
  readonly policy: VerificationPolicy;
};

export type TtlKnown = { readonly ttl: Slot };
export type PaymentKnown = { readonly payingOutput: TransactionOutput };

/** What the rules on the chain start from. */
export type ChainFacts = TransactionKnown & {
  readonly terms: PaymentTerms;
  readonly nonce: OutRef;
  readonly payingOutput: TransactionOutput;
  readonly outputs: OutputFacts;
  readonly networkFacts: NetworkFacts;
  /** POSIX milliseconds. */
  readonly nowMs: number;
  readonly reservedInput?: ReservedInput | undefined;
  /** The witness of the facilitator or of the seller, where the transaction lacks it. It counts as given. */
  readonly awaited?: AwaitedWitness | undefined;
  /** What is known about `MethodChecks.registryAsset`. */
  readonly registryAsset?: AssetFact | undefined;
  /** What phase 1 of the ledger says, where it was judged before. */
  readonly phase1?: readonly LedgerFailure[] | undefined;
  /** What running its scripts said, where that was done elsewhere; the rule runs them itself otherwise. */
  readonly scripts?: Phase2Outcome | undefined;
  readonly policy: VerificationPolicy;
};

/** A witness that is still to come. */
export type AwaitedWitness = {
  /** Of the key that signs, lowercase hex. */
  readonly keyHash: string;
  /** The size that the ledger bills once it is in. */
  readonly ledgerSize: number;
};

export type AwaitedKnown = { readonly awaited?: AwaitedWitness };

export type PayerKnown = { readonly payer: string };
