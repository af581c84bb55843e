import type { SchemeCodes } from '../../scheme.js';

const P = 'invalid_batch_settlement_cardano';

/** The codes of a refusal, as the binding spells them; the last ones are those of x402 itself. */
export const REFUSAL_CODES = [
  `${P}_scheme`,
  `${P}_network_mismatch`,
  `${P}_payload_type`,
  `${P}_payload`,
  `${P}_extra`,
  `${P}_channel_config`,
  `${P}_receiver_mismatch`,
  `${P}_receiver_authorizer_mismatch`,
  `${P}_token_mismatch`,
  `${P}_withdraw_delay_mismatch`,
  `${P}_withdraw_delay_out_of_range`,
  `${P}_channel_not_found`,
  `${P}_channel_id_mismatch`,
  `${P}_channel_state`,
  `${P}_channel_closed`,
  `${P}_voucher_signature`,
  `${P}_cumulative_below_claimed`,
  `${P}_cumulative_exceeds_balance`,
  `${P}_deposit_transaction`,
  `${P}_refund_transaction`,
  `${P}_claim_transaction`,
  `${P}_verification_state_unavailable`,
  'invalid_payment_requirements',
  'invalid_x402_version',
] as const;

/** A code of `REFUSAL_CODES`. */
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The code of what is wrong with a transaction of a kind. */
export const TRANSACTION_CODES = {
  deposit: `${P}_deposit_transaction`,
  refund: `${P}_refund_transaction`,
  claim: `${P}_claim_transaction`,
} as const satisfies Record<string, RefusalCode>;

export type TransactionCode = (typeof TRANSACTION_CODES)[keyof typeof TRANSACTION_CODES];

/** The chain could not be read: not a verdict. */
export const STATE_UNAVAILABLE = `${P}_verification_state_unavailable` as const;

/** Ours. The operator does not serve a party of the channel. */
const SCREENING_DENIED = `${P}_screening_denied` as const;

/** The codes that the facilitator itself answers and records with. */
export const CODES = {
  malformedRequest: `${P}_payload`,
  unsupportedVersion: 'invalid_x402_version',
  chainLookupFailed: STATE_UNAVAILABLE,
  lookupsReserved: STATE_UNAVAILABLE,
  inputReserved: `${P}_transaction_failed`,
  notSettled: `${P}_payload_type`,
  settlementFailed: `${P}_transaction_failed`,
  settledBeforeClaim: `${P}_transaction_failed`,
  superseded: `${P}_transaction_failed`,
  expired: `${P}_transaction_failed`,
  scriptFailed: `${P}_transaction_failed`,
  scripts: { tooExpensive: `${P}_transaction_failed`, unavailable: STATE_UNAVAILABLE },
  screening: { denied: SCREENING_DENIED, unavailable: STATE_UNAVAILABLE },
  sponsorship: {
    unavailable: STATE_UNAVAILABLE,
    unknown: `${P}_transaction_failed`,
    expired: `${P}_transaction_failed`,
    used: `${P}_transaction_failed`,
    mismatch: `${P}_transaction_failed`,
  },
} as const satisfies SchemeCodes;

/** Every code that a request can be refused with, or that its settlement can end with. */
export const ALL_CODES: readonly string[] = [
  ...REFUSAL_CODES,
  `${P}_transaction_failed`,
  'duplicate_settlement',
  SCREENING_DENIED,
];
