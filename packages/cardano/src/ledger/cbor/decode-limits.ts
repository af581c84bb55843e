import type { CborLimits } from './index.js';

/**
 * What the decoder takes on at all. The protocol's own size limit is checked by the caller, who knows it; the
 * constitution's guardrails keep it below 32 KiB. No wallet nests Plutus data anywhere near this deep; a transaction that
 * does is refused although a node would read it, because each level takes a part of the stack.
 */
export const DECODE_LIMITS: CborLimits = { maxBytes: 65_536, maxDepth: 96 };
