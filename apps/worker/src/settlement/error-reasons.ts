/** Why an accepted settlement came to nothing: the codes that the public reference uses for it. */
export const ERROR_REASONS = {
  /** The node refused these bytes and the ledger does not hold them. */
  refused: 'exact_cardano_settlement_failed',
  /** Another transaction spent one of its inputs. */
  superseded: 'invalid_exact_cardano_payload_input_not_available',
  /** Its TTL passed and it is nowhere. */
  expired: 'invalid_exact_cardano_payload_ttl_expired',
  /** It landed, its scripts failed, and it paid nothing. */
  scriptFailure: 'invalid_exact_cardano_payload_phase2_invalid',
} as const;
