/** Who may spend what an address holds. */
export type Credential = {
  readonly kind: 'key' | 'script';
  /** 28 bytes, lowercase hex. */
  readonly hash: string;
};

/** A Shelley address (CIP-19, types 0 to 7). */
export type ShelleyAddress = {
  readonly kind: 'shelley';
  readonly bytes: Uint8Array;
  /** bech32, `addr…` on mainnet and `addr_test…` elsewhere. */
  readonly text: string;
  readonly networkId: 0 | 1;
  readonly payment: Credential;
  /** Absent in an enterprise address; a pointer names a registration certificate instead of a credential. */
  readonly stake?: Credential | { readonly kind: 'pointer' };
};

/** A Byron (bootstrap) address. */
export type ByronAddress = {
  readonly kind: 'byron';
  readonly bytes: Uint8Array;
  /** base58. */
  readonly text: string;
  /** From its protocol magic, which mainnet addresses leave out. */
  readonly networkId: 0 | 1;
  /** The root that a bootstrap witness must hash to, 28 bytes as lowercase hex. */
  readonly root: string;
  /** Serialized attributes in bytes: the ledger refuses outputs with more than 64. */
  readonly attributesLength: number;
};

/** An address that can hold an output. */
export type Address = ShelleyAddress | ByronAddress;
