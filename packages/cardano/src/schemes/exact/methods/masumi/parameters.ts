/** The only contract generation that the scheme knows (scheme: "Masumi assetTransferMethod Schema"). */
export const PAYMENT_TYPE = 'Web3CardanoV2';

/** The policy id of the Masumi V2 registry, the same on every network (scheme: "Identity and compatibility identifier"). */
export const REGISTRY_POLICY_ID = '67ab0c92c4ac1610895a1c965ee50aba41a8f1513b15240723b3bd0b';

/** The least `collateral_return_lovelace` other than 0. */
export const MIN_COLLATERAL_LOVELACE = 1_435_230n;

/** The least time between the deadlines of an escrow, in milliseconds (scheme: "Lock invariants"). */
export const MIN_INTERVALS_MS = {
  payToSubmitResult: 5n * 60_000n,
  submitResultToUnlock: 15n * 60_000n,
  unlockToDispute: 15n * 60_000n,
} as const;

/**
 * Bounds that are judged before any work is done. They are far above every honest payment: a transaction has 16 KiB, and
 * its datum repeats the key and the signature.
 */
export const LIMITS = {
  commitmentParts: 32,
  partNameCharacters: 128,
  mediaTypeCharacters: 256,
  contentDepth: 64,
  coseBytes: 4096,
  adminKeys: 64,
  identifierBytes: 16_384,
  /** An LZString of this size can unfold into about a million characters. */
  readableIdentifierBytes: 2048,
  /** A policy id and an asset name. */
  agentIdentifierCharacters: 120,
  /** POSIX milliseconds and lovelace fit in 64 bits. */
  integerDigits: 19,
} as const;
