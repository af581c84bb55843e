import type * as cbor from '../../../support/cbor-writer.js';
import { PAYER } from '../../../support/payment.js';
import {
  FEE,
  outputsOf,
  POOL_LOVELACE,
  type SponsoredChanges,
  type SponsoredDraft,
} from '../../../support/sponsored-payment.js';
import { buildTransaction, type TransactionSpec } from '../../../support/transaction-builder.js';

/** A key of 32 and a signature of 64 bytes with their heads, in an array. */
const WITNESS_BYTES = 101;
const PHASE_2_FLAG_BYTES = 1;

/** The usual transaction with some of its parts replaced. */
export function bend(change: (draft: SponsoredDraft) => Partial<TransactionSpec>): SponsoredChanges {
  return { transaction: (draft) => ({ ...draft.spec, ...change(draft) }) };
}

export const body = (fields: Readonly<Record<number, cbor.Cbor>>) => bend(() => ({ body: fields }));
export const returning = (lovelaceOf: (draft: SponsoredDraft) => bigint) =>
  bend((draft) => ({ outputs: outputsOf(draft, lovelaceOf(draft)) }));
export const fully = (draft: SponsoredDraft) => POOL_LOVELACE - FEE - draft.minAda;

/** The usual outputs, the facilitator's change bent. */
export function change(more: (draft: SponsoredDraft) => object): SponsoredChanges {
  return bend((draft) => {
    const [payment, own, returned] = outputsOf(draft);
    return { outputs: [payment, own, { ...returned, ...more(draft) }] };
  });
}

/** One more input, whose ada goes to the payer. */
export function withInput(owner: string, lovelace = POOL_LOVELACE): SponsoredChanges {
  return {
    transaction: async (draft) => {
      const more = await draft.world.fund(owner, { lovelace });
      const gain = { address: PAYER.addressBytes(0), lovelace };
      return {
        ...draft.spec,
        inputs: [...draft.spec.inputs, more.outRef],
        outputs: [...draft.spec.outputs, gain],
      };
    },
  };
}

/** A fee, and a change that is less by it. */
export function fee(lovelace: (draft: SponsoredDraft) => bigint): SponsoredChanges {
  return bend((draft) => ({
    fee: lovelace(draft),
    outputs: outputsOf(draft, POOL_LOVELACE - draft.minAda - lovelace(draft)),
  }));
}

/** What the ledger asks for the usual transaction, signed by the payer and perhaps by us. */
export function leastFee({ world, spec }: SponsoredDraft, { withOurs }: { withOurs: boolean }): bigint {
  const { minFeeConstant, minFeePerByte } = world.facts.parameters;
  const size = buildTransaction(spec).bytes.length - PHASE_2_FLAG_BYTES + (withOurs ? WITNESS_BYTES : 0);
  return minFeeConstant + minFeePerByte * BigInt(size);
}
