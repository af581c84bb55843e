import { parseOutRef } from '@x402-facilitator/cardano';
import { type ChainAccess, parentsOf } from '@x402-facilitator/chain';
import type { SettlementState } from '@x402-facilitator/journal';
import type { TransitionListener } from './settlement-writer.js';

/** A block took the inputs, or gave them back. */
const MOVES_INPUTS: readonly SettlementState[] = ['included', 'submitted'];

/**
 * Tells the cache of every replica when the chain spent a settlement's inputs, or a rollback returned them: `/verify`
 * then reads anew what it showed as unspent.
 */
export function forgetSpentOutputs(chain: Pick<ChainAccess, 'forgetOutputs'>): TransitionListener {
  return async ({ from, settlement: { state, inputs } }) => {
    if (from === state || !MOVES_INPUTS.includes(state)) return;
    await chain.forgetOutputs(parentsOf(inputs.flatMap((key) => parseOutRef(key) ?? [])));
  };
}
