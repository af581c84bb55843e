import { type ChainOutput, type LedgerInput, outRefKey, slotAt } from '@x402-facilitator/cardano';
import { expect, test } from 'vitest';
import { runValidator } from '../../../src/ledger/check/validator.js';
import { validatorContext } from '../../../src/ledger/check/validator-context.js';
import * as cbor from '../../support/cbor-writer.js';
import { FEE, MERCHANT, PAYER, PRICE } from '../../support/payment.js';
import { ALWAYS_SUCCEEDS, scriptAddressBytes, scriptDataHash, spendRedeemers } from '../../support/plutus.js';
import { buildTransaction, outRefCbor, type TransactionSpec } from '../../support/transaction-builder.js';
import { transactionOf } from '../../support/unwrap.js';
import { addressText } from '../../support/wallet.js';
import { MemoryWorld } from '../../support/world.js';

type Bend = (spec: TransactionSpec, world: MemoryWorld) => TransactionSpec;

/** A payment from the payer's output and one that a script locks, bent before it is signed, with its context. */
async function contextFor(bend: Bend) {
  const world = new MemoryWorld();
  const own = await world.fund(PAYER, { lovelace: 10_000_000n });
  const locked = await world.fund(addressText(scriptAddressBytes(ALWAYS_SUCCEEDS, 0)), {
    lovelace: 5_000_000n,
  });
  const outputs: ChainOutput[] = [own, locked];
  const slot = slotAt(world.facts.timeline, world.nowMs);
  const spec: TransactionSpec = {
    inputs: outputs.map(({ outRef }) => outRef),
    outputs: [{ address: MERCHANT.addressBytes(0), lovelace: PRICE }],
    fee: FEE,
    ttl: slot + 300,
    signers: [PAYER],
  };
  const { bytes } = buildTransaction(bend(spec, world));
  const transaction = transactionOf(bytes);
  const { parameters } = world.facts;
  const input: LedgerInput = {
    transaction,
    parameters,
    slot,
    network: world.network,
    outputs: new Map(outputs.map((output) => [outRefKey(output.outRef), output])),
  };
  const context = validatorContext(input, outputs);
  return {
    hex: Buffer.from(bytes).toString('hex'),
    context,
    costModels: JSON.stringify(parameters.costModels),
  };
}

const NO_COST_MODELS = '"costModels":{}';

test.each<[string, Bend]>([
  [
    'locks an output by a script without spending any',
    (spec) => ({ ...spec, inputs: spec.inputs.slice(0, 1) }),
  ],
  ['spends a script’s output without a redeemer', (spec) => spec],
  ['is not signed', (spec) => ({ ...spec, signers: [] })],
  [
    'offers collateral for nothing',
    (spec) => ({ ...spec, body: { 13: cbor.set(spec.inputs.map((ref) => outRefCbor(ref))) } }),
  ],
  [
    'references a script’s output',
    (spec) => ({
      ...spec,
      inputs: spec.inputs.slice(0, 1),
      body: { 18: cbor.set(spec.inputs.slice(1).map((ref) => outRefCbor(ref))) },
    }),
  ],
])('without scripts the validator says the same with and without cost models: it %s', async (_, bend) => {
  const { hex, context, costModels } = await contextFor(bend);
  expect(context).toContain(NO_COST_MODELS);
  const whole = context.replace(NO_COST_MODELS, `"costModels":${costModels}`);
  expect(runValidator(hex, context)).toEqual(runValidator(hex, whole));
});

test.each<[string, Bend]>([
  [
    'runs a script',
    (spec, { facts }) => {
      const redeemers = spendRedeemers(1);
      return {
        ...spec,
        witnesses: { 5: redeemers, 7: cbor.set([cbor.bytes(ALWAYS_SUCCEEDS.bytes)]) },
        body: { 11: cbor.bytes(scriptDataHash(redeemers, facts.parameters)) },
      };
    },
  ],
  ['carries a datum', (spec) => ({ ...spec, witnesses: { 4: cbor.set([cbor.int(1)]) } })],
  ['names script data', (spec) => ({ ...spec, body: { 11: cbor.bytes(new Uint8Array(32)) } })],
])('the validator gets the cost models of a transaction that %s', async (_, bend) => {
  const { context, costModels } = await contextFor(bend);
  expect(context).toContain(`"costModels":${costModels}`);
});
