import { decodeTransaction, type OutRefKey, outRefKey } from '@x402-facilitator/cardano';
import { describe, expect, it } from 'vitest';
import { spendFromFailingScript } from './support/failing-script.js';
import { devnetForTest, get, submit } from './support/http.js';
import { Payer } from './support/payer.js';
import { expectDocumented } from './support/schema.js';

describe('a transaction whose script fails', () => {
  it('is refused while it claims that the script succeeds', async () => {
    const devnet = await devnetForTest();
    const { bytes } = spendFromFailingScript(devnet, new Payer(), true);
    const reply = await submit(devnet, bytes);
    expect(reply.status).toBe(400);
    expect((reply.body as { message: string }).message).toContain(
      'ValidationTagMismatch (IsValid True) (FailedUnexpectedly (PlutusFailure',
    );
  });

  it('pays with its collateral when it admits the failure, and the chain says so', async () => {
    const devnet = await devnetForTest();
    const payer = new Payer();
    const { id, bytes } = spendFromFailingScript(devnet, payer, false);
    const [locked, collateral] = namedBy(bytes);
    expect((await submit(devnet, bytes)).body).toBe(id);
    devnet.timer.forge(1);

    expect((await get(devnet, `/txs/${id}`)).body).toMatchObject({ valid_contract: false });
    const { body } = await get(devnet, `/txs/${id}/utxos`);
    expectDocumented('/txs/{hash}/utxos', 200, body);
    expect(body).toMatchObject({
      inputs: [{ collateral: false }, { collateral: true }],
      outputs: [{ output_index: 1, collateral: true, amount: [{ unit: 'lovelace', quantity: '18000000' }] }],
    });
    expect(devnet.ledger.unspent(locked), 'the script keeps its money').toBeDefined();
    expect(devnet.ledger.unspent(collateral)).toBeUndefined();
  });
});

/** Keys of the input and the collateral that the transaction names. */
function namedBy(bytes: Uint8Array): readonly [OutRefKey, OutRefKey] {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  const [input] = decoded.value.inputs;
  const [collateral] = decoded.value.collateralInputs;
  if (input === undefined || collateral === undefined) throw new Error('expected an input and collateral');
  return [outRefKey(input), outRefKey(collateral)];
}
