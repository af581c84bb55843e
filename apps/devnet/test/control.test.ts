import { startDevnet } from '@x402-facilitator/devnet';
import { TEST_TOKEN_POLICY } from '@x402-facilitator/devnet/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { control, devnetForTest, get, submit } from './support/http.js';
import { Payer } from './support/payer.js';

const ADA = 1_000_000n;
const TOKEN = `${TEST_TOKEN_POLICY}${Buffer.from('tUSDM').toString('hex')}`;

describe('the faucet', () => {
  it('gives ADA and test tokens at once, in their own block', async () => {
    const devnet = await devnetForTest();
    const payer = new Payer();
    const reply = await control(devnet, '/faucet', {
      address: payer.address,
      lovelace: 7_000_000,
      assets: [
        { name: 'tUSDM', quantity: '900' },
        { unit: `${TEST_TOKEN_POLICY}00ff`, quantity: 1 },
      ],
    });
    expect(reply.body).toMatchObject({ block: { height: 2 }, outputs: [{ index: 0, lovelace: '7000000' }] });
    expect((await get(devnet, `/addresses/${payer.address}`)).body).toMatchObject({
      amount: [
        { unit: 'lovelace', quantity: '7000000' },
        { unit: TOKEN, quantity: '900' },
        { unit: `${TEST_TOKEN_POLICY}00ff`, quantity: '1' },
      ],
    });
    expect((await get(devnet, `/assets/${TOKEN}`)).body).toMatchObject({
      quantity: '900',
      mint_or_burn_count: 1,
    });
  });

  it('leaves the payments in the mempool where they are', async () => {
    const devnet = await devnetForTest();
    const payer = new Payer();
    const waiting = payer.pay({ from: payer.fund(devnet, 10n * ADA), targets: [] });
    await submit(devnet, waiting.bytes);
    await control(devnet, '/faucet', { address: payer.address });
    expect((await get(devnet, '/mempool')).body).toEqual([{ tx_hash: waiting.id }]);
  });

  it('splits into equal outputs, over as many transactions as they need', async () => {
    const devnet = await devnetForTest();
    const payer = new Payer();
    const reply = await control(devnet, '/faucet', {
      address: payer.address,
      lovelace: '1000000001',
      assets: [{ name: 'tUSDM', quantity: 501 }],
      outputs: 250,
    });
    const { outputs, txHashes } = reply.body as {
      outputs: { lovelace: string; assets: { quantity: string }[] }[];
      txHashes: string[];
    };
    expect(txHashes).toHaveLength(3);
    expect(outputs.map(({ lovelace }) => lovelace)).toEqual([
      '4000001',
      ...Array<string>(249).fill('4000000'),
    ]);
    expect(outputs.map(({ assets }) => assets[0]?.quantity)).toEqual(['3', ...Array<string>(249).fill('2')]);
  });

  it('has the same token policy on every devnet', async () => {
    const devnet = await devnetForTest();
    expect((await control(devnet, '/state')).body).toMatchObject({ testTokenPolicy: TEST_TOKEN_POLICY });
    expect(TEST_TOKEN_POLICY).toBe('4f69a3f6f71c7ce1d0f7aacd14de50a00420898978714c84cd92d134');
  });

  const address = new Payer().address;
  const refusals: readonly (readonly [name: string, body: unknown, message: RegExp])[] = [
    ['no address', {}, /^address: /],
    [
      'a text that is not an address',
      { address: 'addr_test1stonks' },
      /^address: expected an address of cardano:preview, found 'addr_test1stonks'/,
    ],
    [
      'an address of another network',
      { address: new Payer(1).address },
      /^address: expected one of cardano:preview, found one of mainnet$/,
    ],
    [
      'less than min-UTxO',
      { address, lovelace: 10 },
      /^lovelace: expected at least \d+ for each of 1 outputs \(min-UTxO\), found 10$/,
    ],
    ['more than it has', { address, lovelace: '2000000000000000' }, /run dry/],
    [
      'a foreign unit',
      { address, assets: [{ unit: '00'.repeat(28), quantity: 1 }] },
      /^assets\.0: expected a unit of the test policy/,
    ],
    [
      'neither unit nor name',
      { address, assets: [{ quantity: 1 }] },
      /^assets\.0: expected either 'unit' or 'name'$/,
    ],
    ['a negative amount', { address, lovelace: -1 }, /^lovelace: /],
    ['a field that does not exist', { address, lovelaces: 1 }, /lovelaces/],
  ];
  for (const [name, body, message] of refusals) {
    it(`refuses ${name}, and says so`, async () => {
      const devnet = await devnetForTest();
      const reply = await control(devnet, '/faucet', body);
      expect(reply).toMatchObject({ status: 400, body: { message: expect.stringMatching(message) } });
      expect(devnet.ledger.chain.tip.height).toBe(1);
    });
  }
});

describe('counts', () => {
  it('tell requests by operation, and start again on demand', async () => {
    const devnet = await devnetForTest();
    await get(devnet, '/blocks/latest');
    await get(devnet, `/txs/${'00'.repeat(32)}`);
    await get(devnet, `/txs/${'01'.repeat(32)}`);
    await get(devnet, '/stonks');
    expect((await control(devnet, '/requests')).body).toEqual({
      total: 4,
      operations: { 'GET /blocks/latest': 1, 'GET /txs/{hash}': 2, unknown: 1 },
    });
    expect((await control(devnet, '/requests', {}, 'DELETE')).body).toEqual({ total: 0, operations: {} });
  });

  it('show the history of every submission', async () => {
    const devnet = await devnetForTest();
    const payer = new Payer();
    const { id, bytes } = payer.pay({ from: payer.fund(devnet, 10n * ADA), targets: [] });
    for (let time = 0; time < 3; time += 1) await submit(devnet, bytes);
    devnet.timer.forge(1);
    const reply = await control(devnet, `/submissions/${id}`);
    expect(reply.body).toEqual({
      txHash: id,
      submitted: 3,
      accepted: 1,
      rejected: 2,
      lost: 0,
      applied: 1,
      rolledBack: 0,
      messages: Array(2).fill(expect.stringContaining('ConwayMempoolFailure')),
      onChain: true,
    });
    expect((await control(devnet, '/submissions')).body).toMatchObject({
      undecodable: 0,
      submissions: [{ txHash: id }],
    });
    expect((await control(devnet, `/submissions/${'00'.repeat(32)}`)).status).toBe(404);
  });
});

describe('two fronts on one ledger', () => {
  it('share the chain, and each has its own faults and counts', async () => {
    const primary = await devnetForTest();
    const fallback = await startDevnet({ ledgerOf: primary });
    onTestFinished(() => fallback.close());
    await control(primary, '/faults', { kind: 'status', status: 500 });
    expect((await get(primary, '/blocks/latest')).status).toBe(500);

    const payer = new Payer();
    const { id, bytes } = payer.pay({ from: payer.fund(primary, 10n * ADA), targets: [] });
    expect((await submit(fallback, bytes)).status).toBe(200);
    primary.timer.forge(1);
    expect((await get(fallback, `/txs/${id}`)).status).toBe(200);
    expect(primary.requests.snapshot().total).toBe(1);
    expect(fallback.requests.snapshot().total).toBe(2);
  });
});

describe('a project id', () => {
  it('is required only when the devnet was started with one', async () => {
    const open = await devnetForTest();
    expect((await get(open, '/health')).status).toBe(200);
    const closed = await devnetForTest({ projectId: 'previewSecret' });
    expect(await get(closed, '/health')).toMatchObject({
      status: 403,
      body: { message: expect.stringMatching(/Missing project token/) },
    });
    expect(await get(closed, '/health', { project_id: 'x' })).toMatchObject({
      status: 403,
      body: { message: 'Invalid project token.' },
    });
    expect((await get(closed, '/health', { project_id: 'previewSecret' })).status).toBe(200);
  });
});
