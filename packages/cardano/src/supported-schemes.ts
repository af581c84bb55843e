import { batchSettlementScheme } from './schemes/batch-settlement/batch-settlement-scheme.js';
import { exactScheme } from './schemes/exact/exact-scheme.js';
import { createSchemeRegistry } from './schemes/registry.js';

/**
 * Every scheme of this package.
 *
 * @example
 * const request = SUPPORTED_SCHEMES.read({ paymentPayload, paymentRequirements }, policy);
 * if (!request.ok) console.log(request.error.code, request.error.message);
 */
export const SUPPORTED_SCHEMES = createSchemeRegistry([exactScheme, batchSettlementScheme]);
