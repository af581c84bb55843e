import type { ShelleyAddress } from '../../../ledger/address/index.js';
import type { ValidatorOutcome } from '../../../ledger/check/validator.js';
import type { AssetFact, NetworkFacts, OutputFacts } from '../../../ledger/facts/chain-facts.js';
import type { Network } from '../../../ledger/network/network.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { OutRef, OutRefKey } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import type { VerificationPolicy } from '../../policy.js';
import type { PaymentRequest } from '../../request.js';
import type { SponsorshipUse } from '../../sponsorship.js';
import type { MethodChecks, TransferMethodRules } from '../methods/index.js';
import type { PaymentTerms, TransferMethod } from './terms.js';

/** What rules 1 to 10 start from: the request and nothing of the chain. */
export type RequestFacts = { readonly request: PaymentRequest; readonly policy: VerificationPolicy };

/** Rule 3. */
export type NetworkKnown = { readonly network: Network };
/** Rule 4. */
export type PriceKnown = { readonly asset: AssetId; readonly amount: bigint; readonly payTo: ShelleyAddress };
/** Rule 5. */
export type ConfirmationsKnown = { readonly requiredConfirmations: number };
/** Rule 6. */
export type MethodKnown = { readonly method: TransferMethod; readonly methodRules: TransferMethodRules };
/** Rule 7. */
export type TimeoutKnown = { readonly maxTimeoutSeconds: number };
/** Rule 9. */
export type PayloadKnown = { readonly transactionBase64: string; readonly nonceText: string };
/** Rule 10. */
export type NonceKnown = { readonly nonce: OutRef };

/** Rule 29, as far as the requirements go. */
export type MethodChecksKnown = { readonly methodChecks: MethodChecks };

/** What rule 11 starts from. */
export type EncodedTransaction = {
  readonly transactionBase64: string;
  /** The protocol's limit. */
  readonly maxTransactionBytes: number;
};

/** Rule 11. */
export type TransactionKnown = { readonly transaction: Transaction };

/** What rules 12 to 21 start from. */
export type TransactionFacts = TransactionKnown & {
  readonly terms: PaymentTerms;
  readonly payTo: ShelleyAddress;
  readonly nonce: OutRef;
  readonly networkFacts: NetworkFacts;
  /** POSIX milliseconds. */
  readonly nowMs: number;
  /** The transaction that the terms of this payment are bound to, for terms that only one may ever pay. */
  readonly termsBoundTo?: TxHash | undefined;
  readonly policy: VerificationPolicy;
};

/** Rule 18. */
export type TtlKnown = { readonly ttl: Slot };
/** Rule 20. */
export type PaymentKnown = { readonly payingOutput: TransactionOutput };

/** An input of this transaction that another payment in flight here holds. */
export type ReservedInput = { readonly input: OutRefKey; readonly heldBy: TxHash };

/** What rules 22 to 28 start from. */
export type ChainFacts = TransactionKnown & {
  readonly terms: PaymentTerms;
  readonly nonce: OutRef;
  readonly payingOutput: TransactionOutput;
  readonly outputs: OutputFacts;
  readonly networkFacts: NetworkFacts;
  /** POSIX milliseconds. */
  readonly nowMs: number;
  readonly reservedInput?: ReservedInput | undefined;
  /** The output of the facilitator's that it may spend: judged as if its witness were there. */
  readonly sponsorship?: SponsorshipUse | undefined;
  /** What is known of `MethodChecks.registryAsset`. */
  readonly registryAsset?: AssetFact | undefined;
  /** What the ledger's validator said, where it was asked elsewhere; rule 28 asks it itself otherwise. */
  readonly validated?: ValidatorOutcome | undefined;
  readonly policy: VerificationPolicy;
};

/** Rule 22. */
export type PayerKnown = { readonly payer: string };
