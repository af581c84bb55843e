import { BlockFrostAPI, BlockfrostServerError } from '@blockfrost/blockfrost-js';
import {
  Data,
  type LucidEvolution,
  paymentCredentialOf,
  type SpendingValidator,
  type UTxO,
  validatorToAddress,
} from '@lucid-evolution/lucid';
import type { Devnet } from '@x402-facilitator/devnet';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { describe, expect, it } from 'vitest';
import { control, devnetForTest } from './support/http.js';
import { lucidWallet } from './support/lucid.js';

const TOKEN = `${TEST_TOKEN_POLICY}${Buffer.from('tUSDM').toString('hex')}`;
const ALWAYS_SUCCEEDS: SpendingValidator = { type: 'PlutusV3', script: '450101002499' };
const ALWAYS_FAILS: SpendingValidator = { type: 'PlutusV3', script: '450101002601' };

async function fund(devnet: Devnet, address: string, outputs = 2): Promise<void> {
  const reply = await control(devnet, '/faucet', {
    address,
    lovelace: '500000000',
    assets: [{ name: 'tUSDM', quantity: 5_000 }],
    outputs,
  });
  expect(reply.status).toBe(200);
}

/** Locks 5 ADA at a contract's address, confirmed. */
async function lockAt(contract: string, devnet: Devnet, lucid: LucidEvolution): Promise<UTxO[]> {
  const locking = await lucid
    .newTx()
    .pay.ToContract(contract, { kind: 'inline', value: Data.void() }, { lovelace: 5_000_000n })
    .complete();
  const locked = await (await locking.sign.withWallet().complete()).submit();
  devnet.timer.forge(1);
  return lucid.utxosByOutRef([{ txHash: locked, outputIndex: 0 }]);
}

describe('Lucid and its Blockfrost provider, unchanged', () => {
  it('pays in ADA and sees the payment confirmed by a block of the timer', async () => {
    const devnet = await devnetForTest({ blockMs: 100 });
    const [payer, merchant] = [await lucidWallet(devnet), await lucidWallet(devnet)];
    await fund(devnet, payer.address);

    const built = await payer.lucid
      .newTx()
      .pay.ToAddress(merchant.address, { lovelace: 3_000_000n })
      .validTo(Date.now() + 600_000)
      .complete();
    const signed = await built.sign.withWallet().complete();
    const id = await signed.submit();
    expect(id).toBe(signed.toHash());
    expect(await payer.lucid.awaitTx(id, 100)).toBe(true);

    const received = await merchant.lucid.wallet().getUtxos();
    expect(received).toMatchObject([{ txHash: id, outputIndex: 0, assets: { lovelace: 3_000_000n } }]);
  });

  it('pays in a test token', async () => {
    const devnet = await devnetForTest();
    const [payer, merchant] = [await lucidWallet(devnet), await lucidWallet(devnet)];
    await fund(devnet, payer.address);

    const built = await payer.lucid
      .newTx()
      .pay.ToAddress(merchant.address, { lovelace: 2_000_000n, [TOKEN]: 1_250n })
      .complete();
    const signed = await built.sign.withWallet().complete();
    const id = await signed.submit();
    devnet.timer.forge(1);

    const received = await merchant.lucid.utxosAtWithUnit(merchant.address, TOKEN);
    expect(received).toMatchObject([{ txHash: id, assets: { [TOKEN]: 1_250n } }]);
    expect(devnet.ledger.submissions.get(id as never)).toMatchObject({
      submitted: 1,
      accepted: 1,
      applied: 1,
    });
  });

  it('finds what a payment credential owns', async () => {
    const devnet = await devnetForTest();
    const { lucid, address } = await lucidWallet(devnet);
    await fund(devnet, address, 3);
    expect(await lucid.utxosAt(paymentCredentialOf(address))).toEqual(await lucid.utxosAt(address));
    expect(await lucid.utxosAt(address)).toHaveLength(3);
  });

  it('sees in the refusal which rule its transaction breaks', async () => {
    const devnet = await devnetForTest();
    const { lucid, address } = await lucidWallet(devnet);
    await fund(devnet, address);
    const built = await lucid
      .newTx()
      .pay.ToAddress(address, { lovelace: 2_000_000n })
      .validTo(Date.now() + 60_000)
      .complete();
    const signed = await built.sign.withWallet().complete();
    devnet.ledger.setClockOffset(120_000);
    devnet.timer.forge(1);
    await expect(signed.submit()).rejects.toThrow('OutsideValidityIntervalUTxO');
  });

  it('spends from a Plutus script with budgets that the devnet evaluates', async () => {
    const devnet = await devnetForTest();
    const { lucid, address } = await lucidWallet(devnet);
    await fund(devnet, address, 3);
    const contract = validatorToAddress('Preview', ALWAYS_SUCCEEDS);
    const utxos = await lockAt(contract, devnet, lucid);
    const unlocking = await lucid
      .newTx()
      .collectFrom(utxos, Data.void())
      .attach.SpendingValidator(ALWAYS_SUCCEEDS)
      .complete({ localUPLCEval: false });
    const id = await (await unlocking.sign.withWallet().complete()).submit();
    devnet.timer.forge(1);
    expect(await lucid.utxosAt(contract)).toEqual([]);
    expect(devnet.ledger.chain.transaction(id as never)?.transaction.redeemers).toHaveLength(1);
  });

  it('sees that a Plutus script fails', async () => {
    const devnet = await devnetForTest();
    const { lucid, address } = await lucidWallet(devnet);
    await fund(devnet, address, 3);
    const utxos = await lockAt(validatorToAddress('Preview', ALWAYS_FAILS), devnet, lucid);
    const unlocking = lucid.newTx().collectFrom(utxos, Data.void()).attach.SpendingValidator(ALWAYS_FAILS);
    await expect(unlocking.complete({ localUPLCEval: false })).rejects.toThrow(/validatorFailed/);
  });
});

describe('@blockfrost/blockfrost-js, unchanged', () => {
  const clientOf = (devnet: Devnet) =>
    new BlockFrostAPI({ projectId: 'previewany', customBackend: devnet.url, requestTimeout: 5_000 });

  it('reads blocks, transactions, addresses and parameters, page by page', async () => {
    const devnet = await devnetForTest();
    const { address } = await lucidWallet(devnet);
    await fund(devnet, address, 250);
    const client = clientOf(devnet);

    const tip = await client.blocksLatest();
    expect(tip.hash).toBe(devnet.ledger.chain.tip.hash);
    const utxos = await client.addressesUtxosAll(address);
    expect(utxos).toHaveLength(250);
    expect(new Set(utxos.map(({ tx_hash, output_index }) => `${tx_hash}#${output_index}`)).size).toBe(250);
    const [last] = await client.addressesUtxos(address, { count: 1, order: 'desc' });
    expect(last).toEqual(utxos.at(-1));
    const [first] = utxos;
    const transaction = await client.txs(first?.tx_hash ?? '');
    expect(transaction).toMatchObject({ valid_contract: true, block: first?.block });
    const parameters = await client.epochsLatestParameters();
    expect(parameters).toMatchObject({ min_fee_a: 44, max_tx_size: 16_384 });
    expect((await client.assetsById(TOKEN)).quantity).toBe('5000');
  });

  it('gets an error of the class it expects', async () => {
    const client = clientOf(await devnetForTest());
    await expect(client.txs('00'.repeat(32))).rejects.toThrow(BlockfrostServerError);
    await expect(client.txSubmit('00')).rejects.toMatchObject({ status_code: 400, error: 'Bad Request' });
  });
});
