import { blake2b256, parseOutRef, parseTxHash, type TxHash, toHex } from '@x402-facilitator/cardano';
import { cbor, PAYER } from '@x402-facilitator/cardano/testing';
import { createBlockfrostProvider, type ProviderCall } from '@x402-facilitator/chain';
import type { Devnet } from '@x402-facilitator/devnet';
import { expect, onTestFinished, test } from 'vitest';
import { createKoiosProvider } from '../src/koios/koios-provider.js';
import { spenderAmong } from '../src/koios/outputs.js';
import { PARAMETERS_OF_NO_PAYMENT } from './support/answers.js';
import { bytesOf, devnetOf, payerOn, requirements } from './support/devnet-wallet.js';
import { startScriptedServer } from './support/scripted-server.js';

function providersOf(devnet: Devnet, onCall?: (call: ProviderCall) => void) {
  const network = 'cardano:preview';
  const blockfrost = createBlockfrostProvider({ network, url: devnet.url });
  const koios = createKoiosProvider({ network, url: devnet.koiosUrl, onCall });
  onTestFinished(async () => {
    await blockfrost.close();
    await koios.close();
  });
  return { blockfrost, koios };
}

const UNKNOWN = parseTxHash('ab'.repeat(32)) as TxHash;

test('Koios and Blockfrost give the same facts about one ledger: outputs, blocks, evidence, parameters, timeline', async () => {
  const devnet = await devnetOf();
  const calls: ProviderCall[] = [];
  const { blockfrost, koios } = providersOf(devnet, (call) => calls.push(call));
  const { wallet, payTo } = await payerOn(devnet, 3);
  const payment = await wallet.sign(requirements(payTo));
  const parent = parseOutRef(payment.nonce)?.txHash ?? UNKNOWN;
  const id = payment.transactionId as TxHash;
  const before = await koios.getTip();

  expect(await koios.getTransactionOutputs(parent)).toStrictEqual(
    await blockfrost.getTransactionOutputs(parent),
  );
  expect(await koios.getTransactionOutputs(id)).toBeUndefined();
  expect(await koios.getTransaction(id)).toBeUndefined();
  expect(await koios.submitTransaction(bytesOf(payment))).toStrictEqual({ kind: 'accepted', txHash: id });
  devnet.ledger.forge();

  const tip = await koios.getTip();
  expect(tip).toStrictEqual(await blockfrost.getTip());
  expect(await koios.getBlock(before.hash)).toStrictEqual(before);
  expect(await koios.getBlock(before.height)).toStrictEqual(before);
  expect(await koios.getBlocksAfter(before.hash, 10)).toStrictEqual([tip]);
  expect(await koios.getBlockTransactions(tip.hash, 1)).toStrictEqual([id]);
  expect(await koios.getBlockTransactions(tip.height, 1)).toStrictEqual([id]);
  expect(await koios.getTransaction(id)).toStrictEqual(await blockfrost.getTransaction(id));
  expect(await koios.getTransactionOutputs(id)).toStrictEqual(await blockfrost.getTransactionOutputs(id));
  for (const address of [payTo, wallet.address]) {
    const unspent = await koios.getUnspentOutputs(address);
    expect(unspent.length).toBeGreaterThan(0);
    expect(new Set(unspent)).toStrictEqual(new Set(await blockfrost.getUnspentOutputs(address)));
  }
  const spent = await koios.getTransactionOutputs(parent);
  expect(spent?.filter(({ spending }) => spending.status === 'spent')).toHaveLength(1);
  expect(await koios.getProtocolParameters()).toStrictEqual(await blockfrost.getProtocolParameters());
  expect(await koios.getTimeline()).toStrictEqual(await blockfrost.getTimeline());
  expect(calls.every(({ outcome }) => outcome === 'ok' || outcome === 'refused')).toBe(true);
});

test('what Koios does not list is unknown: blocks, their neighbours, their transactions', async () => {
  const { koios } = providersOf(await devnetOf());
  expect(await koios.getBlock('ab'.repeat(32))).toBeUndefined();
  expect(await koios.getBlock(999)).toBeUndefined();
  expect(await koios.getBlocksAfter('ab'.repeat(32), 5)).toBeUndefined();
  expect(await koios.getBlockTransactions('ab'.repeat(32), 1)).toBeUndefined();
  expect(await koios.getBlockTransactions((await koios.getTip()).hash, 7)).toStrictEqual([]);
});

test('the outputs of a transaction cost two calls once and one call from then on', async () => {
  const devnet = await devnetOf();
  const { koios } = providersOf(devnet);
  const { wallet } = await payerOn(devnet);
  const payment = await wallet.sign(requirements(wallet.address));
  const parent = parseOutRef(payment.nonce)?.txHash ?? UNKNOWN;
  const callsOf = async () => {
    const before = devnet.requests.snapshot().total;
    await koios.getTransactionOutputs(parent);
    return devnet.requests.snapshot().total - before;
  };
  expect([await callsOf(), await callsOf(), await callsOf()]).toStrictEqual([2, 1, 1]);
});

test('outputs that a rollback took back are no longer known, though their bytes were kept', async () => {
  const devnet = await devnetOf();
  const { koios } = providersOf(devnet);
  const { wallet } = await payerOn(devnet);
  const parent = parseOutRef((await wallet.sign(requirements(wallet.address))).nonce)?.txHash ?? UNKNOWN;
  expect(await koios.getTransactionOutputs(parent)).toHaveLength(2);
  devnet.ledger.rollback(devnet.ledger.chain.tip.height, 'vanish');
  expect(await koios.getTransactionOutputs(parent)).toBeUndefined();
});

test('a refusal and garbage get the verdicts that Blockfrost gives', async () => {
  const devnet = await devnetOf();
  const { koios } = providersOf(devnet);
  const { wallet, payTo } = await payerOn(devnet);
  const payment = await wallet.sign(requirements(payTo));
  await koios.submitTransaction(bytesOf(payment));
  devnet.ledger.forge();
  expect(await koios.submitTransaction(bytesOf(payment))).toMatchObject({ kind: 'rejected' });
  expect(await koios.submitTransaction(Uint8Array.of(1, 2, 3))).toMatchObject({ kind: 'rejected' });
});

test('a mempool that cannot be read gives no answer', async () => {
  const { koios } = providersOf(await devnetOf());
  await expect(koios.isInMempool(UNKNOWN)).rejects.toMatchObject({ outcome: 'unsupported' });
});

test('a server of another network, and bytes of another transaction, are refused by name', async () => {
  const devnet = await devnetOf({ network: 'preprod' });
  const { koios } = providersOf(devnet);
  await expect(koios.getTimeline()).rejects.toMatchObject({ outcome: 'wrong_network' });
  const block = { block_hash: 'cd'.repeat(32), block_height: 1, absolute_slot: 1 };
  const liar = await startScriptedServer({
    '/tx_cbor': { json: [{ ...block, tx_hash: UNKNOWN, cbor: '84a0a0f5f6', valid_contract: true }] },
  });
  const lying = createKoiosProvider({ network: 'cardano:preview', url: liar.url });
  onTestFinished(() => lying.close());
  await expect(lying.getTransactionOutputs(UNKNOWN)).rejects.toMatchObject({ outcome: 'malformed' });
});

test('a token is sent as a bearer and appears in no error, even when the server repeats it', async () => {
  const server = await startScriptedServer({
    '/blocks?limit=1': { status: 403, json: { message: 'no such token: s3cret-token' } },
  });
  const koios = createKoiosProvider({ network: 'cardano:preview', url: server.url, token: 's3cret-token' });
  onTestFinished(() => koios.close());
  const error: unknown = await koios.getTip().catch((thrown: unknown) => thrown);
  expect(String(error)).not.toContain('s3cret');
  expect(error).toMatchObject({ status: 403, outcome: 'forbidden' });
  expect(server.headers[0]?.authorization).toBe('Bearer s3cret-token');
});

test('both read all pages of an address, and tell plain ada from everything else', async () => {
  const devnet = await devnetOf();
  const { blockfrost, koios } = providersOf(devnet);
  const { wallet } = await payerOn(devnet);
  const grant = devnet.faucet.grant({
    address: wallet.address,
    lovelace: 250n * 2_000_000n,
    assets: new Map(),
    outputs: 250,
  });
  expect(grant.kind).toBe('granted');
  for (const provider of [blockfrost, koios]) {
    const unspent = await provider.getUnspentOutputs(wallet.address);
    expect(unspent).toHaveLength(251);
    expect(unspent.filter(({ isPlainAda }) => !isPlainAda)).toMatchObject([{ lovelace: 50_000_000n }]);
    expect(unspent.reduce((sum, { lovelace }) => sum + lovelace, 0n)).toBe(550_000_000n);
  }
});

test('an address that was never used has nothing, and one of another network is an error', async () => {
  const devnet = await devnetOf();
  const { blockfrost, koios } = providersOf(devnet);
  const unused = 'addr_test1vp9ekljcreqtk6c5lr33jnzu5upkqtjn3u8m0daxaswpelszl4je2';
  expect(await blockfrost.getUnspentOutputs(unused)).toStrictEqual([]);
  expect(await koios.getUnspentOutputs(unused)).toStrictEqual([]);
  await expect(blockfrost.getUnspentOutputs('addr1nobody')).rejects.toThrow('address_outputs: HTTP 400');
});

const BLOCK = { block_hash: 'cd'.repeat(32), block_height: 1, absolute_slot: 1 };

/** Koios, that knows one transaction. */
async function knowing(signed: Uint8Array, bytes: Uint8Array | undefined) {
  const txHash = toHex(blake2b256(signed)) as TxHash;
  const server = await startScriptedServer({
    '/tx_cbor': {
      json: [
        {
          ...BLOCK,
          tx_hash: txHash,
          cbor: bytes === undefined ? null : toHex(bytes),
          valid_contract: true,
        },
      ],
    },
    '/utxo_info': {
      json: [0, 1].map((index) => ({ tx_hash: txHash, tx_index: index, is_spent: index === 1 })),
    },
  });
  const koios = createKoiosProvider({ network: 'cardano:preview', url: server.url });
  onTestFinished(() => koios.close());
  return { koios, txHash };
}

const INPUTS = cbor.array([]);

test.each([
  [
    'Byron',
    cbor.array([
      INPUTS,
      cbor.array(
        [0, 1].map((index) =>
          cbor.array([
            cbor.array([cbor.tag(24, cbor.bytes(new Uint8Array(9))), cbor.int(index)]),
            cbor.int(index),
          ]),
        ),
      ),
      cbor.map([]),
    ]),
    [cbor.array([])],
  ],
  [
    'Shelley',
    cbor.map([
      [cbor.int(0), INPUTS],
      [
        cbor.int(1),
        cbor.array([0, 1].map((index) => cbor.array([cbor.bytes(PAYER.addressBytes(0)), cbor.int(index)]))),
      ],
    ]),
    [cbor.map([]), cbor.NULL],
  ],
  [
    'Alonzo',
    cbor.map([
      [cbor.int(0), INPUTS],
      [
        cbor.int(1),
        cbor.array(
          [0, 1].map((index) =>
            cbor.array([cbor.bytes(PAYER.addressBytes(0)), cbor.int(index), cbor.bytes(new Uint8Array(32))]),
          ),
        ),
      ],
    ]),
    [cbor.map([]), cbor.TRUE, cbor.NULL],
  ],
])('the outputs of a parent of %s are known, and which of them are spent', async (_, signed, rest) => {
  const { koios, txHash } = await knowing(signed, cbor.array([signed, ...rest]));
  expect(await koios.getTransactionOutputs(txHash)).toMatchObject([
    { output: { outRef: { txHash, index: 0 }, lovelace: 0n }, spending: { status: 'unspent' } },
    { output: { outRef: { txHash, index: 1 }, lovelace: 1n }, spending: { status: 'spent' } },
  ]);
});

test('a transaction whose bytes Koios does not keep is on the chain, and its outputs are unknown', async () => {
  const { koios, txHash } = await knowing(cbor.array([]), undefined);
  expect(await koios.getTransaction(txHash)).toMatchObject({ txHash, block: { height: 1 } });
  await expect(koios.getTransactionOutputs(txHash)).rejects.toThrow(`does not have the bytes of ${txHash}`);
});

/** The parameters of the devnet's Koios, changed. */
async function parametersWith(change: (row: Record<string, unknown>) => Record<string, unknown>) {
  const devnet = await devnetOf();
  const path = '/epoch_params?order=epoch_no.desc&limit=1';
  const [row] = (await (await fetch(`${devnet.koiosUrl}${path}`)).json()) as [Record<string, unknown>];
  const server = await startScriptedServer({ [path]: { json: [change(row)] } });
  const changed = createKoiosProvider({ network: 'cardano:preview', url: server.url });
  onTestFinished(() => changed.close());
  return {
    whole: await providersOf(devnet).koios.getProtocolParameters(),
    read: changed.getProtocolParameters(),
  };
}

test('parameters that no payment needs may be missing, of another type or new, and cost models longer', async () => {
  const costs = Array.from({ length: 400 }, (_, index) => index);
  const { whole, read } = await parametersWith((row) => ({
    ...Object.fromEntries(Object.entries(row).filter(([name]) => !PARAMETERS_OF_NO_PAYMENT.includes(name))),
    key_deposit: { of: 'another type' },
    ref_script_cost_stride: 25_600,
    cost_models: { ...(row.cost_models as object), PlutusV3: costs, PlutusV4: 'new' },
  }));
  expect(await read).toEqual({ ...whole, costModels: { ...whole.costModels, plutusV3: costs } });
});

test('a parameter that a payment needs and that is missing is named', async () => {
  const needed = await parametersWith((row) => row);
  expect(await needed.read).toEqual(needed.whole);
  for (const name of [
    'min_fee_a',
    'coins_per_utxo_size',
    'price_mem',
    'max_val_size',
    'cost_models',
    'protocol_major',
  ]) {
    const { read } = await parametersWith(({ [name]: _, ...row }) => row);
    await expect(read, name).rejects.toThrow(`the answer is not of the documented shape: [0].${name}: `);
  }
});

test('Koios finds what spent an output among the transactions of its address, in the order of the chain', async () => {
  const devnet = await devnetOf();
  const { blockfrost, koios } = providersOf(devnet);
  const { wallet, payTo } = await payerOn(devnet, 3);
  const payment = await wallet.sign(requirements(payTo));
  const nonce = parseOutRef(payment.nonce);
  const parent = nonce?.txHash ?? UNKNOWN;
  const outputs = async () => (await blockfrost.getTransactionOutputs(parent)) ?? [];
  const spent = async () =>
    (await outputs()).find(({ output }) => output.outRef.index === nonce?.index)?.output;
  const before = await spent();
  if (before === undefined) throw new Error('expected the output that the payment spends');
  expect(await koios.getSpender(before)).toBeUndefined();
  // More than one page of the address, none of which spends it.
  for (let count = 0; count < 60; count += 1) {
    devnet.faucet.grant({ address: wallet.address, lovelace: 2_000_000n, assets: new Map(), outputs: 1 });
    devnet.ledger.forge();
  }
  expect(await koios.getSpender(before)).toBeUndefined();
  expect(await koios.submitTransaction(bytesOf(payment))).toMatchObject({ kind: 'accepted' });
  expect(await koios.getSpender(before)).toBeUndefined();
  devnet.ledger.forge();
  expect(await koios.getSpender(before)).toBe(payment.transactionId);
  expect(await blockfrost.getSpender(before)).toBe(payment.transactionId);
  devnet.ledger.rollback(1, 'vanish');
  expect(await koios.getSpender(before)).toBeUndefined();
  expect(await blockfrost.getSpender(before)).toBeUndefined();
});

test('bytes that are not the transaction’s, and inputs that failed scripts did not spend, name no spender', async () => {
  const { wallet, payTo } = await payerOn(await devnetOf());
  const payment = await wallet.sign(requirements(payTo));
  const nonce = parseOutRef(payment.nonce);
  if (nonce === undefined) throw new Error('expected a nonce');
  const tx_hash = payment.transactionId as TxHash;
  const cbor = Buffer.from(bytesOf(payment)).toString('hex');
  const row = {
    tx_hash,
    block_hash: 'cd'.repeat(32),
    block_height: 1,
    absolute_slot: 1,
    cbor,
    valid_contract: true,
  };
  expect(spenderAmong([row], nonce)).toBe(tx_hash);
  expect(spenderAmong([{ ...row, tx_hash: UNKNOWN }], nonce)).toBeUndefined();
  expect(spenderAmong([{ ...row, valid_contract: false }], nonce)).toBeUndefined();
  expect(
    spenderAmong(
      [
        { ...row, cbor: null },
        { ...row, cbor: '84' },
      ],
      nonce,
    ),
  ).toBeUndefined();
  expect(spenderAmong([row], { ...nonce, index: nonce.index + 1 })).toBeUndefined();
});
