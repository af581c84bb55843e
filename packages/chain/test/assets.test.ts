import { type AssetId, parseAssetId } from '@x402-facilitator/cardano';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { expect, onTestFinished, test } from 'vitest';
import { createChainAccess } from '../src/connect/chain-access.js';
import { createKoiosProvider } from '../src/koios/koios-provider.js';
import { devnetOf, payerOn, TOKEN } from './support/devnet-wallet.js';
import { startScriptedServer } from './support/scripted-server.js';

const NAME = '10'.repeat(32);
const POLICY = '67'.repeat(28);
const AGENT = assetId(`${POLICY}.${NAME}`);
const HOLDER = 'addr_test1vqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqgc0h4s';
const METADATA = { name: ['Weather'], api_base_url: 'https://agent.example' };

function assetId(text: string): AssetId {
  const asset = parseAssetId(text);
  if (asset === undefined) throw new Error(`${text} is not an asset`);
  return asset;
}

function blockfrost(url: string) {
  const provider = createBlockfrostProvider({ network: 'cardano:preview', url });
  onTestFinished(() => provider.close());
  return provider;
}

test('an asset is read with its quantity and its holders', async () => {
  const devnet = await devnetOf();
  const { wallet } = await payerOn(devnet);
  const found = await blockfrost(devnet.url).getAsset(assetId(TOKEN));
  expect(found).toMatchObject({ metadata: null });
  expect(found?.holders).toContain(wallet.address);
  expect(found?.quantity).toBeGreaterThanOrEqual(1000n);
});

test('Blockfrost and Koios give the same facts about an asset with metadata', async () => {
  const { url } = await startScriptedServer({
    [`/assets/${POLICY}${NAME}`]: { json: { quantity: '1', onchain_metadata: METADATA } },
    [`/assets/${POLICY}${NAME}/addresses?count=100`]: { json: [{ address: HOLDER, quantity: '1' }] },
    '/asset_info': {
      json: [{ total_supply: '1', minting_tx_metadata: { 721: { [POLICY]: { [NAME]: METADATA } } } }],
    },
    [`/asset_addresses?_asset_policy=${POLICY}&_asset_name=${NAME}&limit=100`]: {
      json: [{ payment_address: HOLDER, quantity: '1' }],
    },
  });
  const koios = createKoiosProvider({ network: 'cardano:preview', url });
  onTestFinished(() => koios.close());
  const expected = { quantity: 1n, holders: [HOLDER], metadata: METADATA };
  expect(await blockfrost(url).getAsset(AGENT)).toStrictEqual(expected);
  expect(await koios.getAsset(AGENT)).toStrictEqual(expected);
});

test('Koios lists nothing for an asset that it does not know', async () => {
  const { url } = await startScriptedServer({
    '/asset_info': { json: [] },
    [`/asset_addresses?_asset_policy=${POLICY}&_asset_name=${NAME}&limit=100`]: { json: [] },
  });
  const koios = createKoiosProvider({ network: 'cardano:preview', url });
  onTestFinished(() => koios.close());
  expect(await koios.getAsset(AGENT)).toBeUndefined();
});

test('an asset that was never minted is missing when the provider is at the tip, and unknown when it fails', async () => {
  const devnet = await devnetOf();
  devnet.ledger.forge();
  const provider = blockfrost(devnet.url);
  const access = createChainAccess({ provider, clock: Date.now, utxoTtlSeconds: 0 });
  expect(await access.readAsset(AGENT)).toStrictEqual({ status: 'missing' });
  devnet.faults.add({ kind: 'status', status: 500, operation: `GET /assets/${POLICY}${NAME}*` });
  expect(await access.readAsset(AGENT)).toMatchObject({
    status: 'unknown',
    reason: expect.stringContaining('500'),
  });
});

test('an asset that a lagging provider does not know is unknown, not missing', async () => {
  const devnet = await devnetOf();
  devnet.ledger.forge();
  const anHourLater = () => Date.now() + 3_600_000;
  const access = createChainAccess({
    provider: blockfrost(devnet.url),
    clock: anHourLater,
    utxoTtlSeconds: 0,
  });
  expect(await access.readAsset(AGENT)).toMatchObject({ status: 'unknown' });
});
