import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { SettlementState } from '@x402-facilitator/journal';
import { parseTraceparent, settlementFailure, type Tracing } from '@x402-facilitator/shared/telemetry';
import type { TransitionListener } from './settlement-writer.js';

/** The wait that ends when a settlement reaches a state. */
const WAITS: Partial<Record<SettlementState, string>> = {
  included: 'await inclusion',
  confirmed: 'await confirmation',
  failed: 'await inclusion',
  expired: 'await inclusion',
};

/**
 * Records the waits of a settlement as spans in the trace of the request that claimed it. A span is made once its wait
 * has ended, perhaps minutes after the request. Until then no process holds it, so any worker can continue.
 */
export function traceTransitions(tracing: Tracing, schemes: SchemeRegistry): TransitionListener {
  return ({ from, settlement }) => {
    const { network, txHash, traceparent, state, attempts, confirmations } = settlement;
    const { queuedAtMs, submittedAtMs = queuedAtMs, includedAtMs, endedAtMs } = settlement;
    const name = from === state ? undefined : WAITS[state];
    if (name === undefined) return;
    const startMs = state === 'confirmed' ? (includedAtMs ?? submittedAtMs) : submittedAtMs;
    const hasFailed = state === 'failed' || state === 'expired';
    tracing.record(name, {
      kind: 'consumer',
      parent: parseTraceparent(traceparent),
      startMs,
      endMs: endedAtMs ?? includedAtMs ?? startMs,
      failed: hasFailed ? (settlementFailure(settlement, schemes) ?? 'superseded') : undefined,
      attributes: {
        'x402.network': network,
        'x402.transaction': txHash,
        'x402.state': state,
        'x402.attempts': attempts,
        'x402.confirmations': confirmations,
      },
    });
  };
}
