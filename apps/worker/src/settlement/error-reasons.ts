import { SUPPORTED_SCHEMES } from '@x402-facilitator/cardano';

const { codes } = SUPPORTED_SCHEMES.fallback;

/** Why an accepted settlement came to nothing: the codes that the public reference uses for it. */
export const ERROR_REASONS = {
  /** The node refused these bytes and the ledger does not hold them. */
  refused: codes.settlementFailed,
  /** Another transaction spent one of its inputs. */
  superseded: codes.superseded,
  /** Its TTL passed and it is nowhere. */
  expired: codes.expired,
  /** It was included, its scripts failed, and it paid nothing. */
  scriptFailure: codes.scriptFailed,
} as const;
