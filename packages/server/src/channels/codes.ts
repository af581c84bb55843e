const P = 'invalid_batch_settlement_cardano';

/** Why a seller refuses a request, in the binding's words. */
export const CODES = {
  busy: `${P}_channel_busy`,
  closed: `${P}_channel_closed`,
  notFound: `${P}_channel_not_found`,
  otherCount: `${P}_cumulative_amount_mismatch`,
  aboveBalance: `${P}_cumulative_exceeds_balance`,
  aboveSigned: `${P}_charge_exceeds_signed_cumulative`,
  state: `${P}_channel_state`,
  refund: `${P}_refund_transaction`,
  unavailable: `${P}_verification_state_unavailable`,
} as const;
