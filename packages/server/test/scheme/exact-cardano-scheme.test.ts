import { minimumLovelace } from '@x402-facilitator/cardano';
import {
  buildTransaction,
  MERCHANT,
  PAYER,
  PREVIEW,
  transactionOf,
  txHash,
} from '@x402-facilitator/cardano/testing';
import { describe, expect, it } from 'vitest';
import { ExactCardanoScheme, feeSponsorship } from '../../src/index.js';

const cardano = new ExactCardanoScheme();
const payTo = MERCHANT.address(0);
const network = 'cardano:preview';
const USDM = 'c48cbb3d5e57ed56e276bc45f99ab39abe94e6cd7ac39fb402da47ad.0014df105553444d';
const MAINNET_ADDRESS =
  'addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x';

const least = (address: string, extra: object = {}) => {
  try {
    cardano.accepts({ network, payTo: address, price: '1 lovelace', ...extra });
  } catch (error) {
    return BigInt(/least (\d+) lovelace/.exec(String(error))?.[1] ?? -1);
  }
  throw new Error('expected a refusal');
};

describe('a price below min-UTxO', () => {
  it('is refused where the route is declared, and the message names what was asked and the least', () => {
    expect(() => cardano.accepts({ network, payTo, price: '0.5 ADA' })).toThrow(
      'the price is below what the ledger lets an output hold: asked 500000 lovelace, least 857690 lovelace (0.857690 ADA)',
    );
    expect(cardano.accepts({ network, payTo, price: '0.85769 ADA' })).toMatchObject({
      price: { asset: 'lovelace', amount: '857690' },
    });
  });

  it('is what the ledger says of an output in map form', () => {
    const { bytes } = buildTransaction({
      inputs: [{ txHash: txHash('any'), index: 0 }],
      outputs: [{ address: MERCHANT.addressBytes(0), lovelace: 1_000_000n, form: 'map' }],
      fee: 200_000n,
      signers: [PAYER],
    });
    const [output] = transactionOf(bytes).outputs;
    expect(least(payTo)).toBe(output && minimumLovelace(output, PREVIEW.parameters));
  });

  it('grows with the datum that a script payment must carry, and follows the ledger’s parameter', () => {
    const script = { scriptHash: 'ab'.repeat(28) };
    expect(least(payTo, { script })).toBe(least(payTo));
    // 2: [1, 24(bytes)] takes 1 + 1 + 1 + 2 bytes; 40 bytes take a head of 2.
    expect(least(payTo, { script: { ...script, datum: '00'.repeat(40) } })).toBe(least(payTo) + 47n * 4310n);
    const dearer = new ExactCardanoScheme({ coinsPerUtxoByte: 8620n });
    expect(() => dearer.accepts({ network, payTo, price: '1 ADA' })).toThrow('least 1715380 lovelace');
  });

  it('is no matter for tokens and for Masumi’s escrow, where the payer adds the ADA', () => {
    const token = `${'ab'.repeat(28)}.74`;
    expect(cardano.accepts({ network, payTo, price: `1 ${token}` }).price).toEqual({
      asset: token,
      amount: '1',
    });
    expect(cardano.accepts({ network, payTo, price: '1 lovelace', masumi: {} }).extra).toEqual({
      assetTransferMethod: 'masumi',
    });
  });

  it('is refused in a 402 as well, where a route asks for it by a function', async () => {
    const requirements = {
      scheme: 'exact',
      network: network as `${string}:${string}`,
      asset: 'lovelace',
      amount: '1',
      payTo,
      maxTimeoutSeconds: 600,
      extra: {},
    };
    const kind = { x402Version: 2, scheme: 'exact', network: requirements.network };
    await expect(cardano.enhancePaymentRequirements(requirements, kind, [])).rejects.toThrow(
      'asked 1 lovelace',
    );
  });
});

describe('a price by symbol', () => {
  it('is read for a token that is known on the network, in its decimals', () => {
    const mainnet = { network: 'cardano:mainnet', payTo: MAINNET_ADDRESS };
    expect(cardano.accepts({ ...mainnet, price: '1.5 USDM' }).price).toEqual({
      asset: USDM,
      amount: '1500000',
    });
    expect(cardano.accepts({ ...mainnet, price: '2 usdm' }).price).toEqual({
      asset: USDM,
      amount: '2000000',
    });
    expect(() => cardano.accepts({ ...mainnet, price: '0.0000001 USDM' })).toThrow('found "0.0000001 USDM"');
    expect(() => cardano.accepts({ network, payTo, price: '1 USDM' })).toThrow('on cardano:preview');
  });

  it('is read for a token of the seller’s, on its network only', async () => {
    const asset = `${'cd'.repeat(28)}.534e454b`;
    const scheme = new ExactCardanoScheme({ assets: [{ symbol: 'SNEK', asset, decimals: 0, network }] });
    expect(scheme.accepts({ network, payTo, price: '7 snek' }).price).toEqual({ asset, amount: '7' });
    expect(scheme.getAssetDecimals(asset, network as never)).toBe(0);
    await expect(scheme.parsePrice('7 SNEK', 'cardano:preprod')).rejects.toThrow('on cardano:preprod');
    for (const wrong of [{ asset: 'SNEK' }, { asset: 'lovelace' }, { decimals: -1 }, { decimals: 1.5 }])
      expect(
        () => new ExactCardanoScheme({ assets: [{ symbol: 'SNEK', asset, decimals: 0, network, ...wrong }] }),
      ).toThrow(/^expected/);
  });
});

describe('the terms of a route', () => {
  it.each([
    [
      { network: 'eip155:1' },
      'expected cardano:mainnet, cardano:preprod or cardano:preview, found "eip155:1"',
    ],
    [{ network: 'cardano:mainnet' }, 'expected an address of cardano:mainnet'],
    [{ payTo: 'addr_test1seller' }, 'payTo: expected a Cardano address, found "addr_test1seller"'],
    [{ price: '18446744073709551616 lovelace' }, 'below 2^64'],
    [{ script: {}, masumi: {} }, 'expected script or masumi terms, found both'],
  ])('%o is refused', (change, message) => {
    expect(() => cardano.accepts({ network, payTo, price: '2 ADA', ...change })).toThrow(message);
  });

  it('are refused when a variable with the address is not set', () => {
    const terms = { network, payTo: undefined, price: '2 ADA' };
    expect(() => Reflect.apply(cardano.accepts, cardano, [terms])).toThrow(
      'payTo: expected a Cardano address, found "undefined"',
    );
  });

  it('are given on: confirmations, the time to pay, a script', () => {
    const script = { scriptHash: 'ab'.repeat(28), datum: 'd87980' };
    expect(
      cardano.accepts({ network, payTo, price: '2 ADA', confirmations: 3, maxTimeoutSeconds: 900, script }),
    ).toEqual({
      scheme: 'exact',
      network,
      payTo,
      price: { asset: 'lovelace', amount: '2000000' },
      maxTimeoutSeconds: 900,
      extra: { assetTransferMethod: 'script', ...script, confirmationPolicy: { l1Confirmations: 3 } },
    });
    expect(feeSponsorship('https://f.example/sponsorships')).toEqual({
      cardanoFeeSponsorship: { info: { url: 'https://f.example/sponsorships' } },
    });
  });

  it('are refused in a 402 when the facilitator cannot settle them', async () => {
    const requirements = {
      scheme: 'exact',
      network: network as `${string}:${string}`,
      asset: 'lovelace',
      amount: '2000000',
      payTo,
      maxTimeoutSeconds: 600,
      extra: { assetTransferMethod: 'script', scriptHash: 'ab'.repeat(28) },
    };
    const extra = { assetTransferMethods: ['default'] };
    const kind = { x402Version: 2, scheme: 'exact', network: requirements.network, extra };
    await expect(cardano.enhancePaymentRequirements(requirements, kind, [])).rejects.toThrow(
      'the facilitator offers default on cardano:preview, but this resource asks for "script"',
    );
    const unknown = { ...requirements, extra: { assetTransferMethod: 'barter' } };
    await expect(cardano.enhancePaymentRequirements(unknown, kind, [])).rejects.toThrow('found "barter"');
  });
});
