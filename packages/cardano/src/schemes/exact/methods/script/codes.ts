import type { RefusalCode } from '../../facts/codes.js';

/** Every code that the script method refuses with. */
export const CODES = [
  'invalid_exact_cardano_requirements',
  'invalid_exact_cardano_payload_script_address_mismatch',
  'invalid_exact_cardano_payload_script_datum_mismatch',
] as const satisfies readonly RefusalCode[];

export const [REQUIREMENTS, ADDRESS_MISMATCH, DATUM_MISMATCH] = CODES;

/** Where the seller declares the script. */
export const EXTRA = 'paymentRequirements.extra';
