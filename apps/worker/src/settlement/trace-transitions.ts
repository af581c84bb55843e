import type { SchemeRegistry } from '@x402-facilitator/cardano';
import type { Settlement } from '@x402-facilitator/journal';
import { parseTraceparent, settlementFailure, type Tracing } from '@x402-facilitator/shared/telemetry';
import type { SettlementWriter } from './settlement-writer.js';

/**
 * A writer whose landings are spans of the trace of the request that claimed them. They are made when they are over,
 * minutes after the request as it may be: until then nobody holds anything, and any worker can go on.
 */
export function traceTransitions(
  writer: SettlementWriter,
  tracing: Tracing | undefined,
  schemes: SchemeRegistry,
): SettlementWriter {
  if (tracing === undefined) return writer;
  return {
    async transition(request) {
      const outcome = await writer.transition(request);
      if (outcome.kind === 'changed') {
        const span = spanOf(outcome.from, outcome.settlement, schemes);
        if (span !== undefined) record(tracing, outcome.settlement, span);
      }
      return outcome;
    },
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
