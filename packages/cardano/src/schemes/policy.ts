import type { Network } from '../ledger/network/network.js';
import type { AssetId } from '../ledger/primitives/asset.js';
import type { MasumiEscrow } from './exact/methods/index.js';

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
  /** Unset: any asset. */
  readonly assets?: ReadonlySet<AssetId>;
  /** Masumi escrows beside the canonical one that this operator trusts. */
  readonly masumiEscrows?: readonly MasumiEscrow[];
  /** Whether a `-1` confirmation policy may be settled on mempool evidence. */
  readonly acceptMempool: boolean;
};
