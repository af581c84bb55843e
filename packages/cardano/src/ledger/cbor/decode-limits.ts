import type { CborLimits } from './index.js';

/**
 * The largest input that the decoder reads. The caller checks the protocol's own size limit, which the constitution's
 * guardrails keep below 32 KiB. No wallet nests Plutus data nearly this deep. A node would read a deeper transaction; it is
 * refused here, because each level takes a part of the stack.
 */
export const DECODE_LIMITS: CborLimits = { maxBytes: 65_536, maxDepth: 96 };
