import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import { parseTraceparent, settlementFailure, type Tracing } from '@x402-facilitator/shared/telemetry';
import type { TransitionListener } from './settlement-writer.js';

/**
 * Records the waits of a settlement as spans in the trace of the request that claimed it. A span is made once its wait
 * is over, perhaps minutes after the request: until then no process holds it, and any worker can go on.
 */
export function traceTransitions(tracing: Tracing, schemes: SchemeRegistry): TransitionListener {
  return ({ from, settlement }) => {
    const span = spanOf(from, settlement, schemes);
    if (span !== undefined) record(tracing, settlement, span);
  };
}

type PastSpan = {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number | undefined;
  readonly failed?: string;
};

function spanOf(
  from: Settlement['state'],
  settlement: Settlement,
  schemes: SchemeRegistry,
): PastSpan | undefined {
  const { state, queuedAtMs, submittedAtMs = queuedAtMs, includedAtMs, endedAtMs } = settlement;
  switch (state) {
    case 'included':
      if (from === 'included') return undefined;
      return { name: 'await inclusion', startMs: submittedAtMs, endMs: includedAtMs };
    case 'confirmed':
      if (from === 'confirmed') return undefined;
      return { name: 'await confirmation', startMs: includedAtMs ?? submittedAtMs, endMs: endedAtMs };
    case 'failed':
    case 'expired': {
      const failed = settlementFailure(settlement, schemes) ?? 'superseded';
      return { name: 'await inclusion', startMs: submittedAtMs, endMs: endedAtMs, failed };
    }
    default:
      return undefined;
  }
}

function record(tracing: Tracing, settlement: Settlement, { name, startMs, endMs, failed }: PastSpan): void {
  const { network, txHash, traceparent, state, attempts, confirmations } = settlement;
  tracing.record(name, {
    kind: 'consumer',
    parent: parseTraceparent(traceparent),
    startMs,
    endMs: endMs ?? startMs,
    failed,
    attributes: {
      'x402.network': network,
      'x402.transaction': txHash,
      'x402.state': state,
      'x402.attempts': attempts,
      'x402.confirmations': confirmations,
    },
  });
}
