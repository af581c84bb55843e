import type { SchemeCodes } from '../../scheme.js';

const P = 'invalid_exact_cardano_payload';
const R = 'invalid_exact_cardano_requirements';

/** The codes of a refused payment, as the scheme's public reference spells them; those that are ours alone say so. */
export const REFUSAL_CODES = [
  'unsupported_scheme',
  'network_mismatch',
  `${P}`,
  `${P}_unsupported_version`,
  `${P}_nonce_invalid`,
  `${P}_transaction_decode_failed`,
  `${P}_network_id_mismatch`,
  `${P}_unsigned`,
  `${P}_invalid_signature`,
  `${P}_phase1_invalid`,
  `${P}_phase2_invalid`,
  /** Ours. */
  `${P}_script_too_expensive`,
  `${P}_nonce_not_in_inputs`,
  `${P}_ttl_expired`,
  `${P}_ttl_too_far`,
  `${P}_not_yet_valid`,
  `${P}_recipient_mismatch`,
  `${P}_asset_mismatch`,
  `${P}_amount_insufficient`,
  /** Ours. */
  `${P}_fee_above_maximum`,
  `${P}_nonce_not_on_chain`,
  `${P}_input_not_available`,
  /** Ours. */
  `${P}_input_reserved`,
  `${P}_value_not_conserved`,
  `${P}_fee_below_minimum`,
  `${P}_min_utxo_insufficient`,
  `${P}_script_address_mismatch`,
  /** Ours. */
  `${P}_script_datum_mismatch`,
  /** Ours, as all of the extension `cardanoFeeSponsorship`. */
  `${P}_sponsorship_unknown`,
  `${P}_sponsorship_expired`,
  `${P}_sponsorship_used`,
  `${P}_sponsorship_mismatch`,
  `${P}_sponsorship_not_plain`,
  `${P}_sponsorship_foreign_input`,
  `${P}_sponsorship_change_insufficient`,
  /** As the reference of the seller's fee sponsorship spells them. */
  'fee_sponsor_witness_invalid',
  'fee_sponsor_refused',
  `${P}_masumi_escrow_output_count`,
  `${P}_masumi_datum_missing`,
  `${P}_masumi_reference_script`,
  `${P}_masumi_datum_invalid`,
  `${P}_masumi_datum_mismatch`,
  `${P}_masumi_deadline`,
  `${P}_masumi_collateral`,
  `${P}_masumi_asset`,
  `${P}_masumi_min_utxo`,
  `${R}_masumi_schema`,
  `${R}_masumi_commitment`,
  `${R}_masumi_deployment`,
  `${R}_masumi_seller_signature`,
  `${R}_masumi_agent_identifier`,
  `${R}_masumi_identifier`,
  `${R}`,
  `${R}_policy`,
  /** Ours. */
  'exact_cardano_unsupported_asset',
  'exact_cardano_facilitator_chain_lookup_failed',
  /** Ours. */
  'exact_cardano_facilitator_lookups_reserved',
  /** Ours. */
  'exact_cardano_facilitator_sponsorship_unavailable',
  /** Ours. */
  'exact_cardano_facilitator_script_check_unavailable',
  /** Ours. */
  'exact_cardano_facilitator_protocol_version_unknown',
  'duplicate_settlement',
] as const;

/** A code of `REFUSAL_CODES`. */
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The node refused the settlement for good. Version 0.1 recorded `exact_cardano_settlement_failed`. */
const SETTLEMENT_FAILED = 'exact_cardano_settlement_definitively_rejected';

/** Ours. The ledger held the payment before it was claimed here: its success may have been handed out before. */
const SETTLED_BEFORE_CLAIM = 'exact_cardano_settlement_settled_before_claim';

/** As the reference of the seller's fee sponsorship spells it. The seller has yet to sign: nothing can be sent. */
export const SPONSOR_WITNESS_MISSING = 'fee_sponsor_witness_missing';

/** Ours. The operator does not serve a party of the payment. */
const SCREENING_DENIED = 'exact_cardano_facilitator_screening_denied';

/** Ours. */
const SCREENING_UNAVAILABLE = 'exact_cardano_facilitator_screening_unavailable';

/** Every code that a payment can be refused with or that its settlement can end with. */
export const ALL_CODES: readonly string[] = [
  ...REFUSAL_CODES,
  SETTLEMENT_FAILED,
  SETTLED_BEFORE_CLAIM,
  SPONSOR_WITNESS_MISSING,
  SCREENING_DENIED,
  SCREENING_UNAVAILABLE,
];

/** The codes that the facilitator itself answers and records with. */
export const CODES = {
  malformedRequest: P,
  unsupportedVersion: `${P}_unsupported_version`,
  chainLookupFailed: 'exact_cardano_facilitator_chain_lookup_failed',
  lookupsReserved: 'exact_cardano_facilitator_lookups_reserved',
  inputReserved: `${P}_input_reserved`,
  notSettled: P,
  settlementFailed: SETTLEMENT_FAILED,
  settledBeforeClaim: SETTLED_BEFORE_CLAIM,
  superseded: `${P}_input_not_available`,
  expired: `${P}_ttl_expired`,
  scriptFailed: `${P}_phase2_invalid`,
  scripts: {
    tooExpensive: `${P}_script_too_expensive`,
    unavailable: 'exact_cardano_facilitator_script_check_unavailable',
  },
  screening: { denied: SCREENING_DENIED, unavailable: SCREENING_UNAVAILABLE },
  sponsorship: {
    unavailable: 'exact_cardano_facilitator_sponsorship_unavailable',
    unknown: `${P}_sponsorship_unknown`,
    expired: `${P}_sponsorship_expired`,
    used: `${P}_sponsorship_used`,
    mismatch: `${P}_sponsorship_mismatch`,
  },
} as const satisfies SchemeCodes;

/** Not a verdict: the same request may be accepted when it is sent again. */
const RETRYABLE: ReadonlySet<string> = new Set([
  CODES.chainLookupFailed,
  CODES.lookupsReserved,
  CODES.sponsorship.unavailable,
  CODES.scripts.unavailable,
  CODES.screening.unavailable,
]);

export function isRetryable(code: string): boolean {
  return RETRYABLE.has(code);
}
