import type { Network } from '../../../ledger/network/network.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';
import type { Lovelace } from '../../../ledger/primitives/lovelace.js';
import type { Slot } from '../../../ledger/primitives/slot.js';
import type { Transaction } from '../../../ledger/transaction/transaction.js';
import type { SponsoredCost } from '../../sponsorship.js';
import type { RefusalCode } from './codes.js';

/** A payment that was refused: a value, never an exception. */
export type Refusal = {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  /** Names what was expected and what was found. Never contains the signed transaction. */
  readonly message: string;
  /** bech32 address of the payer, once known. */
  readonly payer?: string;
};

/** What the payer must deliver, normalized from `paymentRequirements`. */
export type PaymentTerms = {
  readonly network: Network;
  /** bech32, exactly as required. */
  readonly payTo: string;
  readonly asset: AssetId;
  /** Atomic units of `asset`. */
  readonly amount: bigint;
  readonly maxTimeoutSeconds: number;
  readonly method: TransferMethod;
  /** `confirmationPolicy.l1Confirmations`, -1 to 20; 1 when the requirements name none. */
  readonly requiredConfirmations: number;
};

/** The scheme's asset transfer methods. */
export type TransferMethod = 'default' | 'script' | 'masumi';

/** A payment that every rule accepts. */
export type VerifiedPayment = {
  readonly kind: 'verified';
  readonly terms: PaymentTerms;
  readonly transaction: Transaction;
  /** The address that owns the nonce output. */
  readonly payer: string;
  /** The last slot in which the transaction can land is the one before it. */
  readonly ttl: Slot;
  readonly fee: Lovelace;
  /** Terms that only one transaction may ever pay (Masumi): a part of the settlement's claim. */
  readonly termsDigest?: string;
  /** What the facilitator pays of it; its witness is still missing then. */
  readonly sponsorship?: SponsoredCost;
};

/** The outcome of verification. */
export type Verdict = VerifiedPayment | Refusal;
