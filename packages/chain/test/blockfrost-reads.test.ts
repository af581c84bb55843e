import { LOVELACE, parseAssetId } from '@x402-facilitator/cardano';
import { ChainProviderError, createBlockfrostProvider, type ProviderCall } from '@x402-facilitator/chain';
import { expect, onTestFinished, test } from 'vitest';
import {
  ADDRESS,
  block,
  eras,
  genesis,
  PARAMETERS_OF_NO_PAYMENT,
  POLICY_ID,
  parameters,
  TOKEN_UNIT,
  txHashOf,
  utxoOutput,
  utxos,
} from './support/answers.js';
import { type Script, startScriptedServer } from './support/scripted-server.js';

const PROJECT_ID = 'previewSecretProjectIdOfTheTests';
const TX = txHashOf('a');
const SPENDER = txHashOf('b');

async function providerOf(scripts: Record<string, Script>, options: { timeoutMs?: number } = {}) {
  const server = await startScriptedServer(scripts);
  const calls: ProviderCall[] = [];
  const provider = createBlockfrostProvider({
    network: 'cardano:preview',
    url: server.url,
    projectId: PROJECT_ID,
    onCall: (call) => calls.push(call),
    ...options,
  });
  onTestFinished(() => provider.close());
  return { provider, server, calls };
}

const outputsOf = async (...outputs: Record<string, unknown>[]) => {
  const { provider } = await providerOf({ [`/txs/${TX}/utxos`]: utxos(TX, outputs) });
  return provider.getTransactionOutputs(TX);
};

test('amounts that a double cannot hold stay exact', async () => {
  const [found] =
    (await outputsOf(
      utxoOutput({
        amount: [
          { unit: 'lovelace', quantity: '9007199254740993' },
          { unit: TOKEN_UNIT, quantity: '9223372036854775807' },
        ],
      }),
    )) ?? [];
  expect(found?.output).toStrictEqual({
    outRef: { txHash: TX, index: 0 },
    address: ADDRESS,
    lovelace: 9_007_199_254_740_993n,
    assets: new Map([[parseAssetId(`${POLICY_ID}.6e7574636f696e`), 9_223_372_036_854_775_807n]]),
  });
  expect(found?.output.assets.has(LOVELACE)).toBe(false);
});

test('an output is unspent for null, spent for a transaction id, and unknown where the field is absent', async () => {
  const { consumed_by_tx: _, ...silent } = utxoOutput({ output_index: 2 });
  const found = await outputsOf(
    utxoOutput(),
    utxoOutput({ output_index: 1, consumed_by_tx: SPENDER }),
    silent,
  );
  expect(found?.map(({ spending }) => spending)).toStrictEqual([
    { status: 'unspent' },
    { status: 'spent', by: SPENDER },
    { status: 'unknown' },
  ]);
});

test('of a transaction whose scripts failed only the collateral return is left, once', async () => {
  const found = await outputsOf(
    utxoOutput({ output_index: 2 }),
    utxoOutput({ output_index: 2, collateral: true }),
  );
  expect(found?.map(({ output }) => output.outRef.index)).toStrictEqual([2]);
});

test('the declared collateral return of a valid transaction is not an output', async () => {
  const found = await outputsOf(utxoOutput(), utxoOutput({ output_index: 1, collateral: true }));
  expect(found?.map(({ output }) => output.outRef.index)).toStrictEqual([0]);
});

test('the hash of an inline datum is not reported as a datum hash', async () => {
  const dataHash = 'c'.repeat(64);
  const found = await outputsOf(
    utxoOutput({ data_hash: dataHash, inline_datum: '182a' }),
    utxoOutput({ output_index: 1, data_hash: dataHash }),
  );
  expect(found?.[0]?.output).toMatchObject({ inlineDatum: '182a' });
  expect(found?.[0]?.output).not.toHaveProperty('datumHash');
  expect(found?.[1]?.output).toMatchObject({ datumHash: dataHash });
});

test('404 is an answer: the provider does not know the thing', async () => {
  const { provider, calls } = await providerOf({});
  expect(await provider.getTransactionOutputs(TX)).toBeUndefined();
  expect(await provider.getTransaction(TX)).toBeUndefined();
  expect(await provider.getBlock(TX)).toBeUndefined();
  expect(await provider.getBlocksAfter(TX, 5)).toBeUndefined();
  expect(await provider.getBlockTransactions(TX, 1)).toBeUndefined();
  expect(await provider.isInMempool(TX)).toBe(false);
  expect(new Set(calls.map(({ outcome }) => outcome))).toStrictEqual(new Set(['not_found']));
});

test('404 for something that every network has is a failure of the provider', async () => {
  const { provider } = await providerOf({});
  await expect(provider.getTip()).rejects.toThrow('blockfrost tip: HTTP 404');
  await expect(provider.getProtocolParameters()).rejects.toThrow(ChainProviderError);
});

test.each<[string, unknown]>([
  ['an amount with a sign', utxos(TX, [utxoOutput({ amount: [{ unit: 'lovelace', quantity: '-1' }] })]).json],
  ['an amount as a number', utxos(TX, [utxoOutput({ amount: [{ unit: 'lovelace', quantity: 1 }] })]).json],
  ['a unit that is not an asset', utxos(TX, [utxoOutput({ amount: [{ unit: 'ada', quantity: '1' }] })]).json],
  ['a spender that is not a transaction id', utxos(TX, [utxoOutput({ consumed_by_tx: 'yes' })]).json],
  ['no list of outputs', { hash: TX, inputs: [] }],
  ['another transaction', utxos(SPENDER, [utxoOutput()]).json],
  ['null', null],
])('%s instead of outputs is an error, never absence', async (_, json) => {
  const { provider } = await providerOf({ [`/txs/${TX}/utxos`]: { json } });
  await expect(provider.getTransactionOutputs(TX)).rejects.toThrow(ChainProviderError);
});

test('a page of HTML with status 200 is an error, and is counted as malformed', async () => {
  const { provider, calls } = await providerOf({
    [`/txs/${TX}/utxos`]: (_request, response) => response.end('<html>welcome</html>'),
  });
  await expect(provider.getTransactionOutputs(TX)).rejects.toThrow('not of the documented shape');
  expect(calls).toMatchObject([{ provider: 'blockfrost', operation: 'outputs', outcome: 'malformed' }]);
});

test.each([
  [402, 'quota_exhausted'],
  [403, 'forbidden'],
  [418, 'banned'],
  [429, 'rate_limited'],
  [500, 'server_error'],
  [503, 'server_error'],
])(
  'status %i of a read throws with the status and the time to wait, counted as %s',
  async (status, outcome) => {
    const { provider, calls } = await providerOf({
      '/blocks/latest': {
        status,
        headers: { 'retry-after': '7' },
        json: { status_code: status, error: 'No', message: `no entry for ${PROJECT_ID}` },
      },
    });
    const error = await provider.getTip().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChainProviderError);
    expect(error).toMatchObject({ provider: 'blockfrost', operation: 'tip', status, retryAfterMs: 7000 });
    expect(String(error)).toContain('no entry for [project id]');
    expect(calls).toMatchObject([{ outcome }]);
  },
);

test('the project id travels in its header and appears in no error', async () => {
  const { provider, server } = await providerOf({
    '/blocks/latest': { status: 403, json: { message: `${PROJECT_ID} is not known`, error: 'Forbidden' } },
  });
  const error = await provider.getTip().catch((reason: unknown) => reason);
  expect(server.headers[0]).toMatchObject({ project_id: PROJECT_ID });
  expect(server.requests.join()).not.toContain(PROJECT_ID);
  expect(
    JSON.stringify({ ...(error as Error), text: String(error), stack: (error as Error).stack }),
  ).not.toContain(PROJECT_ID);
});

test('a server that never answers runs into the time-out', async () => {
  const { provider, calls } = await providerOf({ '/blocks/latest': () => undefined }, { timeoutMs: 100 });
  await expect(provider.getTip()).rejects.toThrow('blockfrost tip: no answer within 100 ms');
  expect(calls).toMatchObject([{ outcome: 'timeout' }]);
});

test('a body that stops in the middle runs into the time-out', async () => {
  const { provider } = await providerOf(
    { '/blocks/latest': (_request, response) => response.writeHead(200).write('{"time":') },
    { timeoutMs: 100 },
  );
  await expect(provider.getTip()).rejects.toThrow('no answer within 100 ms');
});

test('a refused connection throws and says so', async () => {
  const { provider } = await providerOf({});
  const gone = createBlockfrostProvider({ network: 'cardano:preview', url: 'http://127.0.0.1:1/api/v0' });
  onTestFinished(() => gone.close());
  await expect(gone.getTip()).rejects.toThrow(/blockfrost tip: .*ECONNREFUSED/);
  await expect(provider.getBlock(1)).resolves.toBeUndefined();
});

test('blocks come with parent and transaction count, after a block in chain order, and transactions by page', async () => {
  const first = 'f'.repeat(64);
  const { provider, server } = await providerOf({
    '/blocks/latest': { json: block() },
    '/blocks/7': { json: block({ height: 7, previous_block: null }) },
    '/blocks/7/next?count=100': { json: [block({ height: 8 }), block({ height: 9, hash: first })] },
    '/blocks/9/txs?count=100&page=3': { json: [TX, SPENDER] },
  });
  expect(await provider.getTip()).toStrictEqual({
    hash: block().hash,
    height: 15_243_593,
    slot: 412_162_133,
    parentHash: block().previous_block,
    transactionCount: 1,
  });
  expect(await provider.getBlock(7)).toMatchObject({ height: 7, parentHash: '' });
  expect((await provider.getBlocksAfter(7, 5_000))?.map(({ height }) => height)).toStrictEqual([8, 9]);
  expect(await provider.getBlockTransactions(9, 3)).toStrictEqual([TX, SPENDER]);
  expect(server.requests).toHaveLength(4);
});

test('evidence of a transaction names its block and says whether its scripts passed', async () => {
  const { provider } = await providerOf({
    [`/txs/${TX}`]: {
      json: {
        hash: TX,
        block: 'd'.repeat(64),
        block_height: 12,
        block_time: 1,
        slot: 345,
        index: 0,
        valid_contract: false,
      },
    },
    [`/mempool/${SPENDER}`]: { json: { tx: { hash: SPENDER }, inputs: [], outputs: [] } },
  });
  expect(await provider.getTransaction(TX)).toStrictEqual({
    txHash: TX,
    block: { hash: 'd'.repeat(64), height: 12, slot: 345 },
    validContract: false,
  });
  expect(await provider.isInMempool(SPENDER)).toBe(true);
});

test('protocol parameters are exact: prices are fractions, limits are integers', async () => {
  const { provider } = await providerOf({ '/epochs/latest/parameters': { json: parameters() } });
  expect(await provider.getProtocolParameters()).toMatchObject({
    epoch: 2,
    protocolVersion: { major: 10, minor: 0 },
    minFeePerByte: 44n,
    minFeeConstant: 155_381n,
    coinsPerUtxoByte: 4_310n,
    maxValueBytes: 5_000,
    priceMemory: { numerator: 577n, denominator: 10_000n },
    priceSteps: { numerator: 721n, denominator: 10_000_000n },
    referenceScriptCostPerByte: { numerator: 15n, denominator: 1n },
    maxTransactionExecutionUnits: { memory: 14_000_000n, steps: 10_000_000_000n },
    costModels: { plutusV1: [100_788, 420, 1], plutusV2: [100_788, 420, 2], plutusV3: [100_788, 420, -900] },
  });
});

test.each([
  'protocol_major_ver',
  'min_fee_a',
  'min_fee_b',
  'coins_per_utxo_size',
  'max_tx_size',
  'max_val_size',
  'collateral_percent',
  'max_collateral_inputs',
  'price_mem',
  'price_step',
  'max_tx_ex_mem',
  'max_tx_ex_steps',
  'min_fee_ref_script_cost_per_byte',
  'cost_models_raw',
])('parameters without %s are refused by its name: no payment is judged by a guess', async (field) => {
  const { [field]: _, ...rest } = parameters();
  for (const json of [parameters({ [field]: null }), rest]) {
    const { provider } = await providerOf({ '/epochs/latest/parameters': { json } });
    await expect(provider.getProtocolParameters()).rejects.toThrow(`documented shape: ${field}: `);
  }
});

test('parameters that no payment needs may be missing, of another type or new, and cost models longer', async () => {
  const costs = Array.from({ length: 400 }, (_, index) => index);
  const json = {
    ...Object.fromEntries(
      Object.entries(parameters()).filter(([name]) => !PARAMETERS_OF_NO_PAYMENT.includes(name)),
    ),
    key_deposit: 'another type',
    ref_script_cost_stride: 25_600,
    cost_models_raw: { PlutusV1: costs, PlutusV2: [1], PlutusV3: [2], PlutusV4: 'new' },
  };
  const { provider } = await providerOf({ '/epochs/latest/parameters': { json } });
  expect(await provider.getProtocolParameters()).toMatchObject({
    minFeePerByte: 44n,
    costModels: { plutusV1: costs, plutusV2: [1], plutusV3: [2] },
  });
});

test('the timeline starts at the system start and leaves the last era open', async () => {
  const { provider } = await providerOf({ '/genesis': { json: genesis }, '/network/eras': { json: eras } });
  expect(await provider.getTimeline()).toStrictEqual({
    systemStartMs: 1_666_656_000_000,
    eras: [
      {
        start: { seconds: 0, slot: 0, epoch: 0 },
        end: { seconds: 86_400, slot: 4_320, epoch: 1 },
        slotLengthSeconds: 20,
        epochLengthSlots: 4_320,
      },
      {
        start: { seconds: 86_400, slot: 4_320, epoch: 1 },
        end: null,
        slotLengthSeconds: 1,
        epochLengthSlots: 86_400,
      },
    ],
  });
});

test('a provider of another network is recognised by its network magic', async () => {
  const { provider } = await providerOf({
    '/genesis': { json: { ...genesis, network_magic: 1 } },
    '/network/eras': { json: eras },
  });
  await expect(provider.getTimeline()).rejects.toThrow(
    'expected network magic 2 of cardano:preview, found 1',
  );
});
