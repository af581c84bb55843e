import type { ChainOutput } from '@x402-facilitator/cardano';
import * as cbor from '../support/cbor-writer.js';
import { PAYER, type PaymentChanges } from '../support/payment.js';
import { outRefCbor } from '../support/transaction-builder.js';
import type { World } from '../support/world.js';

/** What a second output holds; spent, it goes back to the payer. */
export const SECOND_FUNDS = 5_000_000n;

/** A second output of somebody, named by the transaction in one of its input sets, after something happened to it. */
export function second(
  use: 'input' | 'reference' | 'collateral',
  happens: (world: World, output: ChainOutput) => Promise<void> = async () => {},
  owner = PAYER,
) {
  return async (world: World): Promise<PaymentChanges> => {
    const other = await world.fund(owner, { lovelace: SECOND_FUNDS });
    await happens(world, other);
    return {
      transaction: ({ spec }) => {
        if (use !== 'input') {
          const key = use === 'reference' ? 18 : 13;
          return { ...spec, body: { [key]: cbor.set([outRefCbor(other.outRef)]) } };
        }
        const more = { address: PAYER.addressBytes(0), lovelace: SECOND_FUNDS };
        return { ...spec, inputs: [...spec.inputs, other.outRef], outputs: [...spec.outputs, more] };
      },
    };
  };
}
