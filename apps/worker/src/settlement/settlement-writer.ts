import type { Journal, Settlement, TransitionOutcome, TransitionRequest } from '@x402-facilitator/journal';
import { type Logger, traceFieldsOf } from '@x402-facilitator/shared/telemetry';

/** Makes transitions; every one that happened is one line in the log. */
export type SettlementWriter = {
  transition(request: TransitionRequest): Promise<TransitionOutcome>;
};

/** States that somebody should read about without looking for them. */
const WORTH_A_WARNING = ['failed', 'expired', 'ambiguous'];

export function createSettlementWriter({
  journal,
  logger,
  now,
}: {
  readonly journal: Pick<Journal, 'transition'>;
  readonly logger: Logger;
  /** POSIX milliseconds. */
  readonly now: () => number;
}): SettlementWriter {
  return {
    async transition(request) {
      const outcome = await journal.transition(request);
      const { txHash } = request;
      if (outcome.kind === 'changed') {
        // One block deeper is no other state: with thousands pending, each block would drown the log.
        const isDeeper = outcome.from === request.to;
        const level = isDeeper ? 'debug' : WORTH_A_WARNING.includes(request.to) ? 'warn' : 'info';
        logger[level](lineOf(outcome.settlement, outcome.from, now()), `settlement ${request.to}`);
      } else {
        const found = outcome.kind === 'refused' ? outcome.settlement : undefined;
        logger.debug(
          {
            transaction: txHash,
            ...traceFieldsOf(found ?? {}),
            metadata: { from: request.from, to: request.to, found: found?.state },
          },
          'settlement left as it is: somebody else was faster',
        );
      }
      return outcome;
    },
  };
}

function lineOf(settlement: Settlement, from: string, nowMs: number): Record<string, unknown> {
  const { txHash, payer, state, attempts, revision, block, confirmations } = settlement;
  const { errorReason, errorMessage, proof, lastProviderMessage } = settlement;
  return {
    transaction: txHash,
    userId: payer,
    ...traceFieldsOf(settlement),
    duration: nowMs - settlement.queuedAtMs,
    metadata: {
      from,
      to: state,
      attempts,
      revision,
      block,
      confirmations,
      errorReason,
      errorMessage,
      proof,
      providerMessage: state === 'included' || state === 'confirmed' ? undefined : lastProviderMessage,
    },
  };
}
