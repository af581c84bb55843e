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
  /** The output exactly as serialized in the body: min-UTxO counts these bytes. */
  readonly bytes: Uint8Array;
};

/** A key's signature over the body. */
export type VkeyWitness = { readonly publicKey: Uint8Array; readonly signature: Uint8Array };

/** A signature for a Byron address, with what its root is hashed from. */
export type BootstrapWitness = VkeyWitness & {
  readonly chainCode: Uint8Array;
  readonly attributes: Uint8Array;
};

/** What a script judges, and its budget. */
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
 * A Conway transaction, decoded once. The received bytes count: the id is the hash of `bodyBytes`, and `bytes` is what is
 * submitted.
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
  /** The phase-2 flag; true where the transaction states none. */
  readonly isValid: boolean;
  /** False for the form of three, `[body, witness_set, auxiliary_data]`, that nodes read from protocol version 12 on. */
  readonly statesPhase2Flag: boolean;
  readonly vkeyWitnesses: readonly VkeyWitness[];
  readonly bootstrapWitnesses: readonly BootstrapWitness[];
  /** Native and Plutus scripts that the witness set carries. */
  readonly scriptWitnesses: readonly ReferenceScript[];
  /** One for each purpose and index: of several, the last, as nodes before protocol version 12 take it. */
  readonly redeemers: readonly Redeemer[];
  /** True when two redeemers are for the same purpose and index. */
  readonly hasDuplicateRedeemers: boolean;
  /** The witness set's whole field of redeemers, exactly as received: what the script-integrity hash is over. */
  readonly redeemersBytes?: Uint8Array;
  /** In the order received. */
  readonly datumWitnesses: readonly DatumWitness[];
  /** The witness set's whole field of datums, exactly as received: what the script-integrity hash is over. */
  readonly datumsBytes?: Uint8Array;
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
