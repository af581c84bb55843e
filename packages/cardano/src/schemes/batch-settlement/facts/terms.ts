import type { ShelleyAddress } from '../../../ledger/address/index.js';
import type { AssetId } from '../../../ledger/primitives/asset.js';

/** Name of the scheme. */
export const SCHEME = 'batch-settlement';

/** The least that a channel's close period may be, in seconds. */
export const MIN_WITHDRAW_DELAY = 900;
/** The most that it may be, in seconds. */
export const MAX_WITHDRAW_DELAY = 2_592_000;

/** What a seller asks of a channel, normalized from `paymentRequirements`. */
export type ChannelTerms = {
  readonly payTo: ShelleyAddress;
  readonly asset: AssetId;
  /** The most that one request costs, in units of `asset`. */
  readonly amount: bigint;
  readonly maxTimeoutSeconds: number;
  /** The validator, lowercase hex. */
  readonly scriptHash: string;
  /** The hash of the key that redeems, lowercase hex. */
  readonly receiverAuthorizer: string;
  /** The close period in seconds. */
  readonly withdrawDelay: number;
  /** -1 (mempool evidence) to 20. */
  readonly requiredConfirmations: number;
};
