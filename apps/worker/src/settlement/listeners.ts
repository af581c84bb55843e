import { parseOutRef, type SchemeRegistry } from '@x402-facilitator/cardano';
import { type ChainAccess, parentsOf } from '@x402-facilitator/chain';
import {
  type ChannelMetrics,
  type ErrorReporter,
  type FollowingMetrics,
  parseTraceparent,
  type SettlementMetrics,
  settlementFailure,
} from '@x402-facilitator/shared/telemetry';
import type { TransitionListener } from './settlement-writer.js';

/** Counts each transition, on the worker that made it. */
export function countTransitions(
  metrics: {
    readonly settlements: Pick<SettlementMetrics, 'changed'>;
    readonly channels: Pick<ChannelMetrics, 'ended'>;
    readonly following: Pick<FollowingMetrics, 'resubmitted'>;
  },
  now: () => number,
): TransitionListener {
  return (transition) => {
    const { network, state, attempts, revision, firstEndedRevision } = transition.settlement;
    metrics.settlements.changed(transition, now());
    if (revision === firstEndedRevision) metrics.channels.ended(transition.settlement);
    if (state === 'submitting' && attempts > 1) metrics.following.resubmitted(network);
  };
}

/** Reports every accepted settlement that failed through the facilitator or the chain. */
export function reportFailures(errors: ErrorReporter, schemes: SchemeRegistry): TransitionListener {
  return ({ settlement }) => {
    const { network, txHash, attempts, traceparent } = settlement;
    const reason = settlementFailure(settlement, schemes);
    if (reason === undefined) return;
    errors.report({
      what: `a settlement failed: ${reason}`,
      tags: { network, transaction: txHash, reason, attempts: String(attempts) },
      trace: parseTraceparent(traceparent),
    });
  };
}

/** A block spent the inputs, or a rollback returned them. */
function movesInputs({ from, settlement: { state, block } }: Parameters<TransitionListener>[0]): boolean {
  if (from === state) return false;
  const isConfirmedByItsBlock = state === 'confirmed' && from !== 'included' && block !== undefined;
  return state === 'included' || state === 'submitted' || isConfirmedByItsBlock;
}

/**
 * Tells the cache of every replica when the chain spent a settlement's inputs, or a rollback returned them. `/verify`
 * then reads these outputs again.
 */
export function forgetSpentOutputs(chain: Pick<ChainAccess, 'forgetOutputs'>): TransitionListener {
  return async (transition) => {
    if (!movesInputs(transition)) return;
    const { inputs } = transition.settlement;
    await chain.forgetOutputs(parentsOf(inputs.flatMap((key) => parseOutRef(key) ?? [])));
  };
}
