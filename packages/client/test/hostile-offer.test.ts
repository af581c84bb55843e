import type { PaymentRequirements } from '@x402/core/types';
import { decodeTransaction } from '@x402-facilitator/cardano/ledger';
import { expect, test } from 'vitest';
import { openWallet } from '../src/index.js';
import { NotEnoughAdaError } from '../src/payment/not-enough-ada-error.js';
import {
  countSignatures,
  expectRefused,
  type Granted,
  newAddress,
  openChain,
  priceOf,
  scriptOf,
  TOKEN,
  tokens,
  withForeignStake,
} from './support/chain.js';
import { atTheDoor, type Door, FEE, UNIT } from './support/door.js';
import type { Forged } from './support/forge.js';

const ADA = 1_000_000n;
/** The ADA that travels with tokens, and no more. */
const TRAVELLING = 1_300_000n;
const OFFERED = 1_500_000n;

type Market = Awaited<ReturnType<typeof openMarket>>;

/** A buyer, and a seller with an output to offer. */
async function openMarket({ lovelace = TRAVELLING, amount = 25n } = {}) {
  const chain = await openChain();
  const own = chain.grant(chain.wallet.address, lovelace, tokens(amount));
  const lent = chain.grant(newAddress(), OFFERED);
  const payTo = newAddress();
  const offering = (
    offer: Partial<Record<string, unknown>> = {},
    lend: Granted = lent,
  ): PaymentRequirements =>
    priceOf(payTo, {
      asset: TOKEN,
      amount: '10',
      extra: {
        areFeesSponsored: true,
        feeSponsor: {
          input: `${lend.transaction}#${lend.index}`,
          address: lend.address,
          lovelace: `${lend.lovelace}`,
          maxFee: '300000',
          expiresAt: `${Date.now() + 600_000}`,
          ...offer,
        },
      },
    });
  return { ...chain, own, lent, payTo, offering, signatures: countSignatures() };
}

function decoded({ transactionBase64 }: { readonly transactionBase64: string }) {
  const transaction = decodeTransaction(Buffer.from(transactionBase64, 'base64'));
  if (!transaction.ok) throw new Error(transaction.error);
  return transaction.value;
}

test('a buyer without ADA pays the price alone, by the seller’s output, and signs for its own', async () => {
  const { wallet, own, lent, payTo, offering } = await openMarket();
  const payment = await wallet.sign(offering());
  expect(payment).toMatchObject({
    nonce: `${own.transaction}#${own.index}`,
    lentInput: `${lent.transaction}#${lent.index}`,
  });
  expect(payment).not.toHaveProperty('sponsorshipId');
  expect(new Map(payment.loss)).toEqual(
    new Map([
      [TOKEN, 10n],
      ['lovelace', 0n],
    ]),
  );
  const { outputs, fee, vkeyWitnesses, inputs } = decoded(payment);
  expect(inputs).toHaveLength(2);
  expect(vkeyWitnesses).toHaveLength(1);
  expect(outputs.map(({ address, lovelace }) => [address, lovelace])).toEqual([
    [payTo, OFFERED - fee],
    [wallet.address, TRAVELLING],
  ]);
});

test('it ends when the offer does', async () => {
  const { wallet, offering } = await openMarket();
  const expiresAt = Date.now() + 100_000;
  const { validToMs } = await wallet.sign(offering({ expiresAt: `${expiresAt}` }));
  expect(validToMs).toBe(expiresAt);
});

test('a buyer with ADA leaves it where it is: an output of ADA alone is not added', async () => {
  const { wallet, grant, offering } = await openMarket();
  grant(wallet.address, 50n * ADA);
  const payment = await wallet.sign(offering());
  expect(payment.inputs).toHaveLength(2);
  expect(new Map(payment.loss).get('lovelace' as never)).toBe(0n);
});

/** Offers that are not what the chain says, or of no use. */
const BENT: [string, (market: Market) => PaymentRequirements][] = [
  ['the buyer’s own ADA', ({ grant, wallet, offering }) => offering({}, grant(wallet.address, OFFERED))],
  [
    'the buyer’s own ADA, said to be at a stranger’s address',
    ({ grant, wallet, offering }) => offering({ address: newAddress() }, grant(wallet.address, OFFERED)),
  ],
  [
    'ADA at the buyer’s key with a stranger’s stake',
    ({ grant, wallet, offering }) => offering({}, grant(withForeignStake(wallet.address), OFFERED)),
  ],
  [
    'an output of a script that asks for nothing but the buyer’s signature',
    ({ grant, wallet, offering }) => offering({}, grant(scriptOf(wallet.address), OFFERED)),
  ],
  ['more than the output holds', ({ offering }) => offering({ lovelace: `${OFFERED + 1n}` })],
  ['less than the output holds', ({ offering }) => offering({ lovelace: `${OFFERED - 1n}` })],
  ['an output that is not on the chain', ({ offering }) => offering({ input: `${'de'.repeat(32)}#0` })],
  [
    'an output with tokens in it',
    ({ grant, offering }) => offering({}, grant(newAddress(), 3n * ADA, tokens(5n))),
  ],
  ['an end in a few seconds', ({ offering }) => offering({ expiresAt: `${Date.now() + 5_000}` })],
  ['a fee that suffices for nothing', ({ offering }) => offering({ maxFee: '1000' })],
  ['too little for the ADA of the output', ({ grant, offering }) => offering({}, grant(newAddress(), ADA))],
  ['words', ({ offering }) => ({ ...offering(), extra: { areFeesSponsored: true, feeSponsor: 'mine' } })],
  [
    'an address of another network',
    ({ offering }) => offering({ address: 'addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8' }),
  ],
  [
    'fees, and says that it does not',
    ({ offering }) => {
      const price = offering();
      return { ...price, extra: { ...price.extra, areFeesSponsored: false } };
    },
  ],
];

test.each(BENT)('a seller that offers %s gets no signature of a buyer without ADA', async (_, priceOn) => {
  const market = await openMarket();
  // What the seller names may be the wallet's own: without it the wallet has too little.
  const price = priceOn(market);
  const wallet = await onlyWith(market, market.own);
  await expect(wallet.sign(price)).rejects.toThrow(NotEnoughAdaError);
  expect(market.signatures()).toBe(0);
});

test.each(BENT)('a seller that offers %s is paid the plain way by a buyer with ADA', async (_, priceOn) => {
  const market = await openMarket({ lovelace: 20n * ADA });
  const payment = await market.wallet.sign(priceOn(market));
  expect(payment).not.toHaveProperty('lentInput');
  expect(decoded(payment).outputs[0]?.lovelace).toBeLessThan(1_300_000n);
});

/** The market's wallet, on a chain that lists one output of it alone. */
async function onlyWith({ chain, keys }: Market, own: Granted) {
  const name = `${own.transaction}#${own.index}`;
  const unspentOutputs = async (address: string) =>
    (await chain.unspentOutputs(address)).filter(({ outRef }) => `${outRef.txHash}#${outRef.index}` === name);
  return openWallet({ chain: { ...chain, unspentOutputs }, secret: keys });
}

const LENT = 5n * ADA;

/** A fair payment of 10 tokens by the seller's output, unless changed. */
function fair({ plain, own, lent, payTo, wallet, held }: Door): Forged {
  return {
    ...plain,
    inputs: [own, lent],
    outputs: [
      { address: payTo, assets: { lovelace: LENT - FEE, [UNIT]: 10n } },
      { address: wallet.address, assets: { lovelace: 20n * ADA, ...held, [UNIT]: 15n } },
    ],
  };
}

test('at the door a fair payment by an offer is signed once', async () => {
  const door = await atTheDoor({ asset: TOKEN, amount: '10' });
  const payment = await door.sign(fair(door), door.lent, 'unlimited', { isOffer: true });
  expect(payment.lentInput).toBe(`${door.lent.transaction}#${door.lent.index}`);
  expect(door.signatures()).toBe(1);
});

test.each<[string, (door: Door, fair: Forged) => Partial<Forged>, RegExp]>([
  [
    'gives the seller ADA of the wallet’s',
    ({ wallet, held }, { outputs }) => ({
      outputs: [
        { address: outputs[0]?.address ?? '', assets: { lovelace: LENT - FEE + ADA, [UNIT]: 10n } },
        { address: wallet.address, assets: { lovelace: 19n * ADA, ...held, [UNIT]: 15n } },
      ],
    }),
    /expected 4828000 lovelace of the seller's own to go back with the price, found 5828000/,
  ],
  [
    'lets the wallet pay the fee',
    ({ payTo, wallet, held }) => ({
      outputs: [
        { address: payTo, assets: { lovelace: LENT, [UNIT]: 10n } },
        { address: wallet.address, assets: { lovelace: 20n * ADA - FEE, ...held, [UNIT]: 15n } },
      ],
    }),
    /expected 4828000 lovelace of the seller's own to go back with the price, found 5000000/,
  ],
  [
    'keeps ADA of the seller’s',
    ({ payTo, wallet, held }) => ({
      outputs: [
        { address: payTo, assets: { lovelace: LENT - FEE - ADA, [UNIT]: 10n } },
        { address: wallet.address, assets: { lovelace: 21n * ADA, ...held, [UNIT]: 15n } },
      ],
    }),
    /expected 4828000 lovelace of the seller's own to go back with the price, found 3828000/,
  ],
  [
    'gives the seller more tokens than the price',
    ({ payTo, wallet, held }) => ({
      outputs: [
        { address: payTo, assets: { lovelace: LENT - FEE, [UNIT]: 11n } },
        { address: wallet.address, assets: { lovelace: 20n * ADA, ...held, [UNIT]: 14n } },
      ],
    }),
    /for the seller, found 11/,
  ],
  [
    'has an output at the sponsor’s address',
    ({ sponsor }, { outputs }) => ({
      outputs: [...outputs, { address: sponsor, assets: { lovelace: ADA } }],
    }),
    /expected outputs for the seller, this wallet, found the address/,
  ],
  [
    'has a fee above the offer’s',
    ({ payTo, wallet, held }) => ({
      feeLovelace: 400_001n,
      outputs: [
        { address: payTo, assets: { lovelace: LENT - 400_001n, [UNIT]: 10n } },
        { address: wallet.address, assets: { lovelace: 20n * ADA, ...held, [UNIT]: 15n } },
      ],
    }),
    /expected a fee of at most \d+ lovelace/,
  ],
  [
    'leaves the offered output out',
    ({ own }) => ({ inputs: [own] }),
    /expected the lent output \w+#\d+ as input, found none/,
  ],
])('at the door a payment by an offer that %s is not signed', async (_, changeOf, reason) => {
  const door = await atTheDoor({ asset: TOKEN, amount: '10' });
  const forged = fair(door);
  const signing = door.sign({ ...forged, ...changeOf(door, forged) }, door.lent, 'unlimited', {
    isOffer: true,
  });
  await expectRefused(signing, reason, door.signatures);
});

test('at the door an output of the wallet’s own is no offer', async () => {
  const door = await atTheDoor({ asset: TOKEN, amount: '10' });
  const own = door.grant(door.wallet.address, LENT);
  const forged = { ...fair(door), inputs: [door.own, own] };
  await expectRefused(
    door.sign(forged, own, 'unlimited', { isOffer: true }),
    /found it behind a key of this wallet/,
    door.signatures,
  );
});
