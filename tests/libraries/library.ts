/** What a test asks a library for: one output of exactly this, before an end. */
export type Order = {
  /** bech32. */
  readonly payTo: string;
  /** A token as its policy id and name in hex; ADA without one. */
  readonly token: { readonly policyId: string; readonly nameHex: string } | undefined;
  /** Atomic units. The library adds the ADA that must go with a token. */
  readonly amount: bigint;
  /** POSIX milliseconds. */
  readonly validToMs: number;
};

/** A wallet of a library that buyers have, on a fresh key. */
export type LibraryWallet = {
  readonly address: string;
  /** The signed transaction, in hex. Nothing is submitted. */
  readonly pay: (order: Order) => Promise<string>;
};

/**
 * Opens a wallet over a Blockfrost-shaped API on preview, by the library's own provider where it has one.
 *
 * @param url with a slash at its end. Most providers write a second one behind it, which Blockfrost takes for one.
 */
export type OpenLibrary = (url: string) => Promise<LibraryWallet>;

export const PROJECT_ID = 'previewanything';
