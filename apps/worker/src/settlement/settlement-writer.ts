import type { Journal, TransitionOutcome, TransitionRequest } from '@x402-facilitator/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';

/** Writes transitions. */
export type SettlementWriter = {
  transition(request: TransitionRequest): Promise<TransitionOutcome>;
};

/** A change that was written: the state before it, and the settlement after it. */
type Transition = Extract<TransitionOutcome, { readonly kind: 'changed' }>;

/** Called after each transition that this process wrote. */
export type TransitionListener = (transition: Transition) => void | Promise<void>;

/**
 * Creates the one place that writes transitions.
 *
 * @param options.before called with every request before it is written, whether or not the write succeeds.
 * @param options.listeners called in this order, one after the other. If one throws, that is logged: the transition is
 *   written, so the caller and the other listeners continue.
 */
export function createSettlementWriter(options: {
  readonly journal: Pick<Journal, 'transition'>;
  readonly before?: ((request: TransitionRequest) => void) | undefined;
  readonly listeners: readonly TransitionListener[];
  readonly logger: Logger;
}): SettlementWriter {
  const { journal, before, listeners, logger } = options;
  return {
    async transition(request) {
      before?.(request);
      const outcome = await journal.transition(request);
      const { txHash, from, to } = request;
      if (outcome.kind !== 'changed') {
        const found = outcome.kind === 'refused' ? outcome.settlement : undefined;
        logger.debug(
          { transaction: txHash, ...traceFieldsOf(found ?? {}), metadata: { from, to, found: found?.state } },
          'settlement left as it is: another worker was faster',
        );
        return outcome;
      }
      for (const listener of listeners) {
        try {
          await listener(outcome);
        } catch (error) {
          logger.error(
            { transaction: txHash, error },
            'a transition was written, but one of its listeners failed',
          );
        }
      }
      return outcome;
    },
  };
}
