import type { Network } from '../ledger/network/network.js';
import type { AssetId } from '../ledger/primitives/asset.js';

/** The parameters of one `vested_pay` escrow, as requirements write them: who may arbitrate, and how long to wait. */
export type MasumiDeployment = {
  /** Positive decimal. */
  readonly requiredAdmins: string;
  /** 28-byte key hashes in lowercase hex. Order matters, and so does a key that is there twice: it votes twice. */
  readonly adminVkeys: readonly string[];
  /** Milliseconds, decimal. */
  readonly cooldownPeriod: string;
};

/** A deployment with the hash of its validator. */
export type MasumiEscrow = { readonly deployment: MasumiDeployment; readonly scriptHash: string };

/** What this deployment accepts: `chain.verification` of the configuration and the networks that it serves. */
export type VerificationPolicy = {
  readonly networks: ReadonlySet<Network>;
  /** How much of its validity a transaction must have left, in seconds. */
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
  /** Whether a `-1` confirmation policy may be settled on mempool evidence. */
  readonly acceptMempool: boolean;
};
