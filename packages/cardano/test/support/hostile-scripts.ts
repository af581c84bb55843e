import { blake2b224, outRefKey } from '@x402-facilitator/cardano';
import * as cbor from './cbor-writer.js';
import { flatProgram, type Term } from './flat.js';
import type { PaymentChanges } from './payment.js';
import { PAYER } from './payment.js';
import { type PlutusScript, scriptAddressBytes, scriptDataHash } from './plutus.js';
import { call, LOOP, t } from './terms.js';
import { outRefCbor } from './transaction-builder.js';
import { addressText } from './wallet.js';
import type { World } from './world.js';

const PLUTUS_V3 = 3;
const LOCKED = 10_000_000n;
const COLLATERAL = 5_000_000n;
/** Covers the largest budget that the protocol allows. */
const FEE = 2_500_000n;

/** A term as a Plutus V3 script that looks at nothing that it is shown. */
function script(term: Term): PlutusScript {
  return scriptOf(flatProgram(t.lambda(term)));
}

function scriptOf(flat: Uint8Array): PlutusScript {
  const bytes = cbor.bytes(flat);
  return { bytes, hash: blake2b224(Uint8Array.of(PLUTUS_V3, ...bytes)) };
}

/** `f f x` where `f` calls itself with what `step` makes of its argument. */
function repeated(step: (argument: Term) => Term, first: Term): Term {
  const again = t.lambda(t.lambda(t.apply(t.variable(2), t.variable(2), step(t.variable(1)))));
  return t.apply(t.lambda(t.apply(t.variable(1), t.variable(1), first)), again);
}

/** `(lam x (force (delay (force (delay … (error)))))))`, written by hand: a writer that recurses cannot. */
function nested(depth: number): Uint8Array {
  return cbor.hex(`01010025${'15'.repeat(depth)}1601`);
}

const point = call(60, 0, t.bytes('00'), t.bytes('00'));
const otherPoint = call(67, 0, t.bytes('00'), t.bytes('00'));

/** Scripts that want to be a burden. */
export const HOSTILE_SCRIPTS = {
  'loops for ever': script(LOOP),
  'doubles a byte string for ever': script(
    repeated((bytes) => call(10, 0, bytes, bytes), t.bytes('00'.repeat(64))),
  ),
  'squares a number for ever': script(repeated((number) => call(2, 0, number, number), t.integer(2n ** 64n))),
  'is nested as deep as fits': scriptOf(nested(14_000)),
  'builds a list for ever': script(repeated((list) => call(32, 1, t.data('00'), list), call(49, 0, t.unit))),
} as const;

/** Does what is dearest in time for what it pays, as long as its budget lasts. */
export const DEAR_SCRIPT: PlutusScript = script(
  repeated(() => t.apply(t.lambda(t.unit), call(68, 0, point, otherPoint)), t.unit),
);

/** A payment of which a second input is locked by this script, with this budget. */
export function spending(script: PlutusScript, budget: { readonly memory: number; readonly steps: number }) {
  return async (world: World): Promise<PaymentChanges> => {
    const locked = await world.fund(addressText(scriptAddressBytes(script, 0)), { lovelace: LOCKED });
    const collateral = await world.fund(PAYER, { lovelace: COLLATERAL });
    return {
      transaction: ({ spec, source }) => {
        const order = [locked.outRef, source.outRef].map(outRefKey).sort();
        const redeemers = cbor.map([
          [
            cbor.array([cbor.int(0), cbor.int(order.indexOf(outRefKey(locked.outRef)))]),
            cbor.array([cbor.int(0), cbor.array([cbor.int(budget.memory), cbor.int(budget.steps)])]),
          ],
        ]);
        return {
          ...spec,
          inputs: [...spec.inputs, locked.outRef],
          outputs: [...spec.outputs, { address: PAYER.addressBytes(0), lovelace: LOCKED - (FEE - spec.fee) }],
          fee: FEE,
          body: {
            11: cbor.bytes(scriptDataHash(redeemers, world.facts.parameters)),
            13: cbor.set([outRefCbor(collateral.outRef)]),
          },
          witnesses: { 5: redeemers, 7: cbor.set([cbor.bytes(script.bytes)]) },
        };
      },
    };
  };
}
