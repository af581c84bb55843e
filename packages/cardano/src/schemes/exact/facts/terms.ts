import type { Network } from '../../../ledger/network/network.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';

/** Name of the scheme. */
export const SCHEME = 'exact';

/** Accept on evidence of the mempool alone (scheme: "Confirmation policy"). */
export const MEMPOOL = -1;

/** The deepest confirmation policy of the scheme. */
export const MAX_CONFIRMATIONS = 20;

/** The scheme's asset transfer methods. */
export type TransferMethod = 'default' | 'script' | 'masumi';

/** What the payer must pay, normalized from `paymentRequirements`. */
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
