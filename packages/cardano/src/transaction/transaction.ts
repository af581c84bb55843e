import type { AssetId } from '../primitives/asset.js';
import type { Lovelace } from '../primitives/lovelace.js';
import type { OutRef } from '../primitives/out-ref.js';
import type { Slot } from '../primitives/slot.js';
import type { TxHash } from '../primitives/tx-hash.js';

/** One output of a transaction body. */
export type TransactionOutput = {
  /** The address's own bytes. */
  readonly addressBytes: Uint8Array;
  /** bech32, or base58 for a Byron address. */
  readonly address: string;
  readonly lovelace: Lovelace;
  readonly assets: ReadonlyMap<AssetId, bigint>;
  readonly datum?:
    | { readonly kind: 'hash'; readonly hash: string }
    | { readonly kind: 'inline'; readonly bytes: Uint8Array };
  /** The `script_ref` content as the output carries it: CBOR of `[language, script]`. */
  readonly scriptRef?: Uint8Array;
  /** The output exactly as serialized in the body: what min-UTxO is counted over. */
  readonly bytes: Uint8Array;
};

/** A key's signature over the body. */
export type VkeyWitness = { readonly publicKey: Uint8Array; readonly signature: Uint8Array };

/**
 * A Conway transaction, decoded once. The original bytes stay the truth: the id is hashed over `bodyBytes` as
 * received and `bytes` is what gets submitted.
 */
export type Transaction = {
  readonly id: TxHash;
  readonly bytes: Uint8Array;
  readonly bodyBytes: Uint8Array;
  readonly inputs: readonly OutRef[];
  readonly referenceInputs: readonly OutRef[];
  readonly collateralInputs: readonly OutRef[];
  readonly outputs: readonly TransactionOutput[];
  readonly fee: Lovelace;
  /** The first slot at which the transaction is no longer valid. */
  readonly ttl?: Slot;
  readonly validityStart?: Slot;
  readonly networkId?: number;
  readonly auxiliaryDataHash?: string;
  /** Auxiliary data exactly as received; absent for `null`. */
  readonly auxiliaryDataBytes?: Uint8Array;
  /** The phase-2 flag. */
  readonly isValid: boolean;
  readonly vkeyWitnesses: readonly VkeyWitness[];
  /** Byron-style witnesses are counted, not interpreted. */
  readonly bootstrapWitnessCount: number;
  readonly hasScriptWitnesses: boolean;
  /** The body fields that move value or authority and that a payment may not carry, by their ledger names. */
  readonly forbiddenFields: readonly ForbiddenField[];
};

/** Body fields that rule 19 refuses. */
export type ForbiddenField =
  | 'mint'
  | 'withdrawals'
  | 'certificates'
  | 'voting_procedures'
  | 'proposal_procedures'
  | 'donation'
  | 'treasury_value';
