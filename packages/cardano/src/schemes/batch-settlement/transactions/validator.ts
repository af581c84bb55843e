import type { ReferenceScript } from '../../../ledger/facts/index.js';
import { hashedScript } from '../../../ledger/transaction/script-hash.js';

/**
 * A validator from its bytes: Plutus V3, as witness sets carry it (the program as one CBOR byte string).
 *
 * @example
 * const validator = { kind: 'witness', script: validatorOf(bytes) } as const;
 */
export function validatorOf(bytes: Uint8Array): ReferenceScript {
  return hashedScript('plutusV3', bytes);
}
