import type { ShelleyAddress } from '../../../ledger/address/index.js';
import type { ScriptAnswer } from '../../../ledger/check/ask-scripts.js';
import type { ValidatorOutcome } from '../../../ledger/check/validator.js';
import type { AssetFact, NetworkFacts, OutputFacts } from '../../../ledger/facts/chain-facts.js';
import type { Network } from '../../../ledger/network/network.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { OutRef } from '../../../ledger/primitives/out-ref.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { TxHash } from '../../../ledger/primitives/tx-hash.js';
import type { Transaction, TransactionOutput } from '../../../ledger/transaction/transaction.js';
import type { VerificationPolicy } from '../../policy.js';
import type { PaymentRequest } from '../../request.js';
import type { ReservedInput } from '../../scheme.js';
import type { SponsorshipUse } from '../../sponsorship.js';
import type { PaymentTerms } from './terms.js';

/** What the rules on the request start from: nothing of the chain. */
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
  /** The protocol's limit. */
  readonly maxTransactionBytes: number;
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
  /** The transaction that the terms of this payment are bound to, for terms that only one may ever pay. */
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
  /** The facilitator's output that it may spend: judged as if its witness were there. */
  readonly sponsorship?: SponsorshipUse | undefined;
  /** What is known about `MethodChecks.registryAsset`. */
  readonly registryAsset?: AssetFact | undefined;
  /** What the ledger's validator said, where it was asked elsewhere; the rule asks it itself otherwise. */
  readonly validated?: ValidatorOutcome | undefined;
  /** What running its scripts said, where that was done elsewhere; the rule runs them itself otherwise. */
  readonly scripts?: ScriptAnswer | undefined;
  readonly policy: VerificationPolicy;
};

export type PayerKnown = { readonly payer: string };
