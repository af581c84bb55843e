import type { ChainObserver } from '@x402-facilitator/chain';
import { currentPosition } from './trace-position.js';
import type { Tracing } from './tracing.js';

/**
 * An observer that also records each call to a chain provider as a span of its trace. Calls outside of a trace, such as
 * the follower's looks at the tip, are counted but not traced.
 */
export function withCallSpans(
  observer: ChainObserver,
  tracing: Tracing | undefined,
  now: () => number = Date.now,
): ChainObserver {
  if (tracing === undefined) return observer;
  return {
    ...observer,
    onCall(call) {
      observer.onCall?.(call);
      if (currentPosition() === undefined) return;
      const { provider, operation, outcome, network, durationMs } = call;
      const endMs = now();
      const isAnswer = outcome === 'ok' || outcome === 'not_found' || outcome === 'refused';
      tracing.record(`${provider} ${operation}`, {
        kind: 'client',
        startMs: endMs - durationMs,
        endMs,
        attributes: { 'x402.network': network, 'x402.outcome': outcome },
        failed: isAnswer ? undefined : outcome,
      });
    },
  };
}
