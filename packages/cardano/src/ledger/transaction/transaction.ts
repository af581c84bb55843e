import type { Address } from '../address/index.js';
import type { ReferenceScript } from '../facts/chain-facts.js';
import type { ExecutionUnits } from '../facts/protocol-parameters.js';
import type { AssetId } from '../primitives/asset.js';
import type { Lovelace } from '../primitives/lovelace.js';
import type { OutRef } from '../primitives/out-ref.js';
import type { Slot } from '../primitives/slot.js';
import type { TxHash } from '../primitives/tx-hash.js';

/** Lovelace and native assets together. */
export type Value = {
  readonly lovelace: Lovelace;
  /** Native assets only; every quantity is at least 1. */
  readonly assets: ReadonlyMap<AssetId, bigint>;
};

/** One output of a transaction body. */
export type TransactionOutput = Value & {
  /** The address's own bytes. */
  readonly addressBytes: Uint8Array;
  /** bech32, or base58 for a Byron address. */
  readonly address: string;
  /** The same address, taken apart. */
  readonly parsedAddress: Address;
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

/** A signature for a Byron address, with what its root is made of. */
export type BootstrapWitness = VkeyWitness & {
  readonly chainCode: Uint8Array;
  readonly attributes: Uint8Array;
};

/** What a script is asked to judge, and the budget it was given. */
export type Redeemer = {
  readonly purpose: 'spend' | 'mint' | 'certify' | 'reward' | 'vote' | 'propose';
  readonly index: number;
  /** CBOR of its Plutus data, exactly as received. */
  readonly data: Uint8Array;
  readonly budget: ExecutionUnits;
};

/** A datum that the witness set carries. */
export type DatumWitness = {
  /** blake2b-256 over its bytes, lowercase hex. */
  readonly hash: string;
  /** CBOR of its Plutus data, exactly as received. */
  readonly bytes: Uint8Array;
};

/**
 * A Conway transaction, decoded once. The original bytes stay the truth: the id is hashed over `bodyBytes` as
 * received and `bytes` is what gets submitted.
 */
export type Transaction = {
  readonly id: TxHash;
  readonly bytes: Uint8Array;
  readonly bodyBytes: Uint8Array;
  /**
   * The size in bytes that the ledger bills and limits: the transaction without its phase-2 flag (the ledger's
   * `sizeTxF`), so one less than `bytes` in the usual encoding.
   */
  readonly ledgerSize: number;
  /** In the order received, duplicates included: a rule refuses those. */
  readonly inputs: readonly OutRef[];
  readonly referenceInputs: readonly OutRef[];
  readonly collateralInputs: readonly OutRef[];
  readonly outputs: readonly TransactionOutput[];
  readonly collateralReturn?: TransactionOutput;
  readonly totalCollateral?: Lovelace;
  readonly fee: Lovelace;
  /** The first slot at which the transaction is no longer valid. */
  readonly ttl?: Slot;
  readonly validityStart?: Slot;
  /** Minted (positive) and burned (negative) quantities; empty for a transaction that mints nothing. */
  readonly mint: ReadonlyMap<AssetId, bigint>;
  /** Key hashes whose signatures the body demands, lowercase hex. */
  readonly requiredSigners: readonly string[];
  readonly networkId?: 0 | 1;
  readonly scriptDataHash?: string;
  readonly auxiliaryDataHash?: string;
  /** Auxiliary data exactly as received; absent for `null`. */
  readonly auxiliaryDataBytes?: Uint8Array;
  /** The phase-2 flag. */
  readonly isValid: boolean;
  readonly vkeyWitnesses: readonly VkeyWitness[];
  readonly bootstrapWitnesses: readonly BootstrapWitness[];
  /** Native and Plutus scripts that the witness set carries. */
  readonly scriptWitnesses: readonly ReferenceScript[];
  readonly redeemers: readonly Redeemer[];
  /** In the order received. */
  readonly datumWitnesses: readonly DatumWitness[];
  /** True when the witness set carries a native or Plutus script, a datum or a redeemer. */
  readonly hasScriptWitnesses: boolean;
  /** The body fields that move value or authority and that a payment may not carry, by their ledger names. */
  readonly forbiddenFields: readonly ForbiddenField[];
};

/** Body fields that no plain payment has. */
export type ForbiddenField =
  | 'mint'
  | 'withdrawals'
  | 'certificates'
  | 'voting_procedures'
  | 'proposal_procedures'
  | 'donation'
  | 'treasury_value';
