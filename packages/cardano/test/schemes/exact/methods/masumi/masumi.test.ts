import { signData as lucidSigns } from '@lucid-evolution/lucid';
import { bech32 } from '@scure/base';
import {
  type ChainAsset,
  type MasumiEscrow,
  type PaymentRequest,
  parseAssetId,
  toHex,
  type Verdict,
} from '@x402-facilitator/cardano';
import { describe, expect, test } from 'vitest';
import { REGISTRY_POLICY_ID } from '../../../../support/internals.js';
import {
  LOCK_PRICE,
  type MasumiChanges,
  masumiPaymentOn,
  SELLER,
  termsDigestIn,
} from '../../../../support/masumi.js';
import { PREVIEW } from '../../../../support/network.js';
import { transactionOf, unwrap } from '../../../../support/unwrap.js';
import { walletOf } from '../../../../support/wallet.js';
import { MemoryWorld, saidBy } from '../../../../support/world.js';

const ESCROW = 'addr_test1wzs4e6wc95hkwezlccjw9mdvq0r0rsgx6zk34avptga3ftgn37w4g';
const AGENT_NAME = '10'.repeat(32);

async function verdictOf(changes: MasumiChanges, world = new MemoryWorld()): Promise<Verdict> {
  return world.verify(await masumiPaymentOn(world, changes));
}

function said(verdict: Verdict): string {
  return saidBy(verdict);
}

describe('a verified lock', () => {
  test('names the digest of its terms, for the claim', async () => {
    const world = new MemoryWorld();
    const payment = await masumiPaymentOn(world);
    expect(world.verify(payment)).toMatchObject({
      ok: true,
      value: { termsDigest: termsDigestIn(payment) },
    });
  });

  test('needs no word about the deployment on a network with a canonical one', async () => {
    const world = new MemoryWorld({ network: 'cardano:preprod' });
    const payment = await masumiPaymentOn(world);
    expect(payment.paymentRequirements.extra).not.toHaveProperty('deployment');
    const verdict = world.verify(payment, { networks: new Set(['cardano:preprod']) });
    expect(said(verdict)).toBe('verified');
  });

  test('may be one of a custom deployment that the operator allows', async () => {
    const custom: MasumiEscrow = {
      deployment: { requiredAdmins: '1', adminVkeys: ['ab'.repeat(28)], cooldownPeriod: '0' },
      scriptHash: 'cd'.repeat(28),
    };
    const changes: MasumiChanges = { escrow: custom };
    const world = new MemoryWorld();
    const payment = await masumiPaymentOn(world, changes);
    expect(said(world.verify(payment, { masumiEscrows: [custom] }))).toBe('verified');
    expect(said(world.verify(payment))).toMatch(/^invalid_exact_cardano_requirements_masumi_deployment/);
  });

  test('has a seller who signed with a wallet library that is not ours', async () => {
    const seed = Buffer.alloc(32);
    seed.write('seller');
    const privateKey = bech32.encode('ed25519_sk', bech32.toWords(new Uint8Array(seed)), 100);
    const address = toHex(SELLER.addressBytes(0));
    const verdict = await verdictOf({
      sign: (termsDigest) => {
        const { key, signature } = lucidSigns(address, termsDigest, privateKey);
        return { referenceKey: key, referenceSignature: signature };
      },
    });
    expect(said(verdict)).toBe('verified');
  });
});

test('a refusal of a field as long as the transaction shows only how it begins', async () => {
  const verdict = await verdictOf({
    datum: (usual) => ({ ...usual, result_hash: '44'.repeat(6000), collateral_return_lovelace: 2n ** 9000n }),
    transaction: (spec) => ({ ...spec, fee: 1_500_000n, outputs: spec.outputs.slice(0, 1) }),
    amount: 8_500_000n,
  });
  expect(said(verdict)).toMatch(/masumi_datum_invalid: transaction: expected result_hash to be empty/);
  expect(said(verdict).length).toBeLessThan(300);
});

describe('the least lovelace of a lock', () => {
  const lockOf = (amount: bigint) => verdictOf({ amount, funds: { lovelace: 20_000_000n } });

  async function minimum(): Promise<bigint> {
    const found = /at least (\d+) lovelace in the escrow output/.exec(said(await lockOf(2_500_000n)))?.[1];
    if (found === undefined) throw new Error('expected a refusal that names the minimum');
    return BigInt(found);
  }

  test('is what the ledger will ask once the result is there, to the lovelace', async () => {
    const least = await minimum();
    expect(said(await lockOf(least))).toBe('verified');
    expect(said(await lockOf(least - 1n))).toContain('invalid_exact_cardano_payload_masumi_min_utxo');
  });

  test('is 33 bytes of result hash and twice 8 of cooldown above what the ledger asks now', async () => {
    const least = await minimum();
    const world = new MemoryWorld();
    const payment = await masumiPaymentOn(world, { amount: least });
    const { bytes } = unwrap(world.verify(payment));
    const size = BigInt(transactionOf(bytes).outputs[0]?.bytes.length ?? 0);
    expect(least).toBe((160n + size + 33n + 16n) * PREVIEW.parameters.coinsPerUtxoByte);
  });
});

describe('a registered seller', () => {
  const asset = parseAssetId(`${REGISTRY_POLICY_ID}.${AGENT_NAME}`);
  const registered: MasumiChanges = {
    terms: { agentIdentifier: `${REGISTRY_POLICY_ID}${AGENT_NAME}` },
    resource: { url: 'https://agent.example/weather/today?city=Rome' },
  };
  const source = {
    chain: ['Cardano'],
    network: 'Preview',
    settlement: { paymentSourceType: 'Web3CardanoV2', address: [ESCROW.slice(0, 60), ESCROW.slice(60)] },
    pricing: { pricingType: 'Fixed', fixed: [{ asset: 'lovelace', amount: `${LOCK_PRICE}` }] },
  };
  const entry: ChainAsset = {
    quantity: 1n,
    holders: [SELLER.address(0)],
    metadata: { api_base_url: ['https://agent.example', '/weather'], supported_payment_sources: [source] },
  };
  const withSource = (change: object): Partial<ChainAsset> => ({
    metadata: {
      api_base_url: 'https://agent.example/weather/',
      supported_payment_sources: [{ ...source, ...change }],
    },
  });

  async function judged(change: Partial<ChainAsset>, changes: MasumiChanges = registered): Promise<string> {
    if (asset === undefined) throw new Error('expected an asset');
    const world = new MemoryWorld();
    world.mint(asset, { ...entry, ...change });
    return said(world.verify(await masumiPaymentOn(world, changes)));
  }

  test('who holds the registry asset and asks its price is accepted', async () => {
    expect(await judged({})).toBe('verified');
  });

  test('may hold it at any address with the same payment key', async () => {
    const [payment] = [SELLER.addressBytes(0).slice(1)];
    const words = bech32.toWords(Uint8Array.from([0x00, ...payment, ...payment]));
    expect(await judged({ holders: [bech32.encode('addr_test', words, 150)] })).toBe('verified');
  });

  test('may have further payment sources elsewhere', async () => {
    const elsewhere = { ...source, chain: 'EVM' };
    const metadata = { ...(entry.metadata as object), supported_payment_sources: [elsewhere, source] };
    expect(await judged({ metadata })).toBe('verified');
  });

  test.each<readonly [string, Partial<ChainAsset>, string]>([
    ['the asset was burned', { quantity: 0n, holders: [] }, 'exactly one registry asset'],
    ['there are two of the asset', { quantity: 2n }, 'exactly one registry asset'],
    ['another wallet holds it', { holders: [walletOf('stranger').address(0)] }, 'found it elsewhere'],
    [
      'a Byron address holds it',
      { holders: ['Ae2tdPwUPEZ18ZjTLnLVr9CEvUEUX4eW1LBHbxxxJgxdAYHrDeSCSbCxrvx'] },
      'found it elsewhere',
    ],
    ['it has no metadata', { metadata: null }, 'api_base_url'],
    [
      'it answers elsewhere',
      { metadata: { ...(entry.metadata as object), api_base_url: 'https://agent.example.evil/weather' } },
      'at or below the registered',
    ],
    [
      'its path only begins alike',
      { metadata: { ...(entry.metadata as object), api_base_url: 'https://agent.example/wea' } },
      'at or below the registered',
    ],
    ['it is paid on another network', withSource({ network: 'Preprod' }), 'one payment source of the escrow'],
    [
      'it is paid into another contract',
      withSource({ settlement: { ...source.settlement, address: SELLER.address(0) } }),
      'one payment source of the escrow',
    ],
    [
      'it is paid by another generation',
      withSource({ settlement: { ...source.settlement, paymentSourceType: 'Web3CardanoV1' } }),
      'one payment source of the escrow',
    ],
    [
      'it asks another price',
      withSource({ pricing: { pricingType: 'Fixed', fixed: [{ asset: 'lovelace', amount: '5000001' }] } }),
      'the registered price of "5000001" "lovelace"',
    ],
    [
      'it asks another asset',
      withSource({
        pricing: { pricingType: 'Fixed', fixed: [{ asset: 'ab'.repeat(28), amount: '5000000' }] },
      }),
      'the registered price',
    ],
    [
      'it asks two assets',
      withSource({
        pricing: { pricingType: 'Fixed', fixed: [...source.pricing.fixed, ...source.pricing.fixed] },
      }),
      'one fixed price',
    ],
    ['it asks what it likes', withSource({ pricing: { pricingType: 'Dynamic' } }), 'one fixed price'],
  ])('is refused when %s', async (_, change, because) => {
    const verdict = await judged(change);
    expect(verdict).toMatch(/^invalid_exact_cardano_requirements_masumi_agent_identifier: /);
    expect(verdict).toContain(because);
  });

  test('is refused when nothing says what the payment is for', async () => {
    const { resource: _resource, ...nothing } = registered;
    const world = new MemoryWorld();
    if (asset !== undefined) world.mint(asset, entry);
    const { paymentPayload, ...request } = await masumiPaymentOn(world, nothing);
    const { resource: _none, ...payload } = paymentPayload;
    const withoutResource: PaymentRequest = { ...request, paymentPayload: payload };
    expect(said(world.verify(withoutResource))).toContain('expected paymentPayload.resource');
  });
});
