import type { Network } from '../ledger/network/network.js';
import type { AssetId } from '../ledger/primitives/asset.js';

/** The parameters of one `vested_pay` escrow, as requirements write them: who arbitrates, and how long each party waits. */
export type MasumiDeployment = {
  /** Positive decimal. */
  readonly requiredAdmins: string;
  /** 28-byte key hashes in lowercase hex. Order matters. A key that is listed twice votes twice. */
  readonly adminVkeys: readonly string[];
  /** Milliseconds, decimal. */
  readonly cooldownPeriod: string;
};

/** A deployment with the hash of its validator. */
export type MasumiEscrow = { readonly deployment: MasumiDeployment; readonly scriptHash: string };

/** What this deployment accepts: `chain.verification` of the configuration, and the served networks. */
export type VerificationPolicy = {
  readonly networks: ReadonlySet<Network>;
  /** Seconds of validity that a transaction must have left. */
  readonly graceBufferSeconds: number;
  readonly maxTimeoutSeconds: number;
  /** An operator's own floor under the protocol's minimum fee. */
  readonly feeMinLovelace: bigint;
  readonly feeMaxLovelace: bigint;
  readonly maxInputs: number;
  /** `full` judges every payment by the complete ledger as well; `rules` stops at the named rules. */
  readonly ledger: 'full' | 'rules';
  /** What happens to payments while the network runs a protocol version above the highest one judged here: accepted when unset. */
  readonly unknownProtocolVersion?: 'accept' | 'refuse';
  /** Unset: any asset. */
  readonly assets?: ReadonlySet<AssetId>;
  /** Masumi escrows that this operator trusts besides the canonical one. */
  readonly masumiEscrows?: readonly MasumiEscrow[];
  /** Hashes of the channel validators that this operator serves, lowercase hex. Unset or empty: no channels. */
  readonly channelValidators?: ReadonlySet<string>;
  /** Whether sellers may sponsor fees by an offer in their requirements, and give their witness at `/settle`. Unset: no. */
  readonly acceptsSponsorWitnesses?: boolean;
  /** Whether a `-1` confirmation policy may be settled on mempool evidence. */
  readonly acceptMempool: boolean;
};
