import { parseOutRef } from '@x402-facilitator/cardano';
import { type ChainAccess, parentsOf } from '@x402-facilitator/chain';
import type { SettlementState } from '@x402-facilitator/journal';
import type { SettlementWriter } from './settlement-writer.js';

/** A block took the inputs, or gave them back. */
const MOVES_INPUTS: readonly SettlementState[] = ['included', 'submitted'];

/**
 * A writer that also tells every replica's cache when the chain spent a settlement's inputs, or a rollback returned
 * them: what `/verify` shows as unspent is then read anew.
 */
export function forgetSpentOutputs(
  writer: SettlementWriter,
  chain: Pick<ChainAccess, 'forgetOutputs'>,
): SettlementWriter {
  return {
    async transition(request) {
      const outcome = await writer.transition(request);
      if (outcome.kind === 'changed' && outcome.from !== request.to && MOVES_INPUTS.includes(request.to))
        await chain.forgetOutputs(
          parentsOf(outcome.settlement.inputs.flatMap((key) => parseOutRef(key) ?? [])),
        );
      return outcome;
    },
  };
}
