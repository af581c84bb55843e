import type { PaymentRequirements } from '@x402/core/types';
import { decodeTransaction, LOVELACE, parseAddress } from '@x402-facilitator/cardano/ledger';
import {
  commitmentOf,
  escrowAddress,
  jcsPart,
  type MasumiChanges,
  orderOn,
  PAYER,
  REGISTRY_POLICY_ID,
  readEscrowDatum,
  unwrap,
} from '@x402-facilitator/cardano/testing';
import { expect, test } from 'vitest';
import { slotAt } from '../src/chain/index.js';
import {
  type ChainReader,
  createBuyer,
  ExactCardanoClient,
  type NewOutput,
  openWallet,
  type SpendLimits,
} from '../src/index.js';
import { type MasumiPolicy, type MasumiProposal, masumi } from '../src/masumi/index.js';
import type { Lock } from '../src/payment/lock.js';
import { signPayment } from '../src/payment/sign-payment.js';
import { payingOutput, termsOf, withLock } from '../src/payment/terms.js';
import { buildTransaction } from '../src/transaction/index.js';
import { countSignatures, expectRefused, newAddress, openChain, TOKEN, tokens } from './support/chain.js';
import { sellerOf } from './support/seller.js';

const ADA = 1_000_000n;
const HOUR = 3_600_000;
const NETWORK = 'cardano:preview';
const OTHERS = { requiredAdmins: '1', adminVkeys: ['ab'.repeat(28)], cooldownPeriod: '420000' };
const BODY = { question: 'how warm will it be?' };

/** Terms as an honest seller signs them, but for what the test bends. Everything is content, which no request must match. */
function orderOf(changes: MasumiChanges = {}, network: 'cardano:preview' | 'cardano:preprod' = NETWORK) {
  const commitment = () => commitmentOf([jcsPart('body', BODY)]);
  const { requirements } = orderOn({ network, nowMs: Date.now() }, { commitment, ...changes });
  return requirements as PaymentRequirements;
}

/** A wallet on a devnet that pays into Masumi's escrow, and the proposals that it approved. */
async function masumiWallet(
  policy: Partial<MasumiPolicy> = {},
  bend: (truth: ChainReader) => ChainReader = (truth) => truth,
) {
  const { chain, keys, grant, devnet } = await openChain();
  const approved: MasumiProposal[] = [];
  const method = masumi({
    approve: (proposal) => {
      approved.push(proposal);
      return true;
    },
    ...policy,
  });
  const wallet = await openWallet({ chain: bend(chain), secret: keys, masumi: method });
  grant(wallet.address, 30n * ADA, tokens(25n));
  return { chain, keys, grant, wallet, approved, devnet, method, signatures: countSignatures() };
}

test.each([
  ['ADA', {}, 0n],
  ['little ADA, with collateral', { amount: 1n * ADA }, undefined],
  ['a token', { asset: TOKEN as never, amount: 10n }, undefined],
] satisfies [string, MasumiChanges, bigint | undefined][])(
  'an honest seller’s terms are paid in %s, once the application has approved them',
  async (_, changes, collateral) => {
    const { wallet, approved, devnet } = await masumiWallet();
    const price = orderOf(changes);
    const payment = await wallet.sign(price);
    const { transactionBase64, loss, feeLovelace, nonce, transactionId } = payment;
    const [proposal] = approved;
    expect(approved).toHaveLength(1);
    expect(proposal).toMatchObject({
      asset: price.asset,
      amount: BigInt(price.amount),
      registryAsset: undefined,
      arbitrators: { threshold: 2 },
      parts: [{ name: 'body', content: BODY }],
    });
    expect([...(proposal?.arbitrators.votes.values() ?? [])]).toEqual([1, 1, 1]);
    const added = proposal?.collateralLovelace ?? -1n;
    if (collateral === undefined) expect(added).toBeGreaterThanOrEqual(1_435_230n);
    else expect(added).toBe(collateral);
    const [output] = unwrap(decodeTransaction(Buffer.from(transactionBase64, 'base64'))).outputs;
    const inEscrow = price.asset === LOVELACE ? BigInt(price.amount) + added : added;
    expect(output?.lovelace).toBe(inEscrow);
    expect(loss.get(LOVELACE)).toBe(inEscrow + feeLovelace);
    const datum = output?.datum?.kind === 'inline' ? output.datum.bytes : new Uint8Array();
    expect(unwrap(readEscrowDatum(datum))).toMatchObject({
      collateral_return_lovelace: added,
      state: 0n,
      result_hash: '',
    });
    expect(nonce).toMatch(/^[0-9a-f]{64}#\d+$/);
    const submitted = await fetch(`${devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Buffer.from(transactionBase64, 'base64'),
    });
    expect(await submitted.json()).toBe(transactionId);
  },
);

test('what the buyer sent itself need not come back: its digest suffices, and only its own', async () => {
  const { wallet, signatures } = await masumiWallet();
  const { content: _, ...own } = jcsPart('body', BODY);
  const price = orderOf({ commitment: () => commitmentOf([own]) });
  const sign = (body: string | undefined) =>
    wallet.sign(price, {
      limits: 'unlimited',
      request:
        body === undefined
          ? undefined
          : { url: 'https://shop.example/', body: new TextEncoder().encode(body) },
    });
  const expected = 'expected the content of "body", or the digest of the request\'s body';
  await expectRefused(sign(undefined), expected, signatures);
  await expectRefused(sign('{"question":"how cold?"}'), expected, signatures);
  await expectRefused(sign('no JSON'), expected, signatures);
  await sign(' { "question": "how warm will it be?" }');
});

test('a purchase holds the terms against its own request, and is delivered', async () => {
  const { wallet, approved } = await masumiWallet();
  const { content: _, ...own } = jcsPart('body', BODY);
  const price = orderOf({ commitment: () => commitmentOf([own]) });
  const seller = await sellerOf(() => ({ status: 200 }), price);
  const limits: SpendLimits = { lovelace: { perPayment: 6n * ADA } };
  const buyer = createBuyer({ wallet, limits, sleep: async () => undefined });
  await expect(buyer.buy(seller.url)).rejects.toThrow('expected the content of "body"');
  const { outcome } = await buyer.buy(seller.url, { method: 'POST', body: JSON.stringify(BODY) });
  expect(outcome).toBe('delivered');
  expect(approved).toHaveLength(1);
  const [record] = await buyer.store.list();
  expect(record?.sellers).toEqual([approved[0]?.sellerAddress, new URL(seller.url).origin]);
});

const now = () => Date.now();
const deadlines = (payBy: number, submit: number, unlock: number, dispute: number): MasumiChanges => ({
  terms: {
    payByTime: `${now() + payBy}`,
    submitResultTime: `${now() + submit}`,
    unlockTime: `${now() + unlock}`,
    externalDisputeUnlockTime: `${now() + dispute}`,
  },
});

test.each<[string, () => PaymentRequirements, string | RegExp]>([
  ['another contract', () => orderOf({ payTo: newAddress() }), 'expected the escrow of the deployment'],
  [
    'a contract with arbitrators of its own',
    () => orderOf({ escrow: { deployment: OTHERS, scriptHash: 'cd'.repeat(28) } }),
    'masumi_deployment: paymentRequirements.extra.deployment',
  ],
  [
    'the escrow of another network',
    () => orderOf({}, 'cardano:preprod'),
    'expected a price on cardano:preview',
  ],
  [
    'that escrow under the name of this network',
    () => ({ ...orderOf({}, 'cardano:preprod'), network: NETWORK }),
    'invalid_exact_cardano_requirements_masumi',
  ],
  [
    'more than the seller signed for',
    () => orderOf({ requirements: { amount: '6000000' } }),
    'masumi_seller_signature',
  ],
  [
    'a signature of someone else',
    () => orderOf({ cose: (cose) => ({ ...cose, signer: PAYER }) }),
    'masumi_seller_signature',
  ],
  [
    'the money for a month',
    () => orderOf(deadlines(HOUR, 2 * HOUR, 3 * HOUR, 30 * 24 * HOUR)),
    'expected the money to be locked for at most 604800000 ms',
  ],
  [
    'payment at once',
    () => orderOf(deadlines(30_000, 2 * HOUR, 3 * HOUR, 4 * HOUR)),
    'expected 60000 ms to pay in',
  ],
  [
    'payment yesterday',
    () => orderOf(deadlines(-24 * HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR)),
    'expected 60000 ms to pay in',
  ],
  [
    'no time for a dispute',
    () => orderOf(deadlines(HOUR, 2 * HOUR, 3 * HOUR, 3 * HOUR + 1)),
    'externalDisputeUnlockTime: expected at least',
  ],
  [
    'something that its digest does not name',
    () =>
      orderOf({ commitment: () => commitmentOf([{ ...jcsPart('body', BODY), digest: 'ab'.repeat(32) }]) }),
    'masumi_commitment',
  ],
  [
    'terms with a field of its own',
    () => orderOf({ extra: (extra) => ({ ...extra, collateralReturnLovelace: '9000000' }) }),
    'masumi_schema',
  ],
  [
    'an identifier of another payment',
    () => orderOf({ extra: (extra) => ({ ...extra, blockchainIdentifier: 'ab' }) }),
    'masumi_identifier',
  ],
  ['no terms at all', () => ({ ...orderOf(), extra: { assetTransferMethod: 'masumi' } }), 'masumi_schema'],
  [
    'terms that are no object',
    () => ({ ...orderOf(), extra: { assetTransferMethod: 'masumi', terms: 7 } }),
    'masumi_schema',
  ],
  [
    'a registration outside of the registry',
    () => orderOf({ terms: { agentIdentifier: 'ab'.repeat(30) } }),
    'masumi_agent_identifier',
  ],
  [
    'a registration that the chain does not know',
    () => orderOf({ terms: { agentIdentifier: `${REGISTRY_POLICY_ID}01` } }),
    'found no such asset',
  ],
])('a seller that wants %s gets no signature, and the application is not asked', async (_, price, reason) => {
  const { wallet, approved, signatures } = await masumiWallet();
  await expectRefused(wallet.sign(price()), reason, signatures);
  expect(approved).toEqual([]);
});

test('a seller whose payout is the buyer’s own address gets no signature', async () => {
  const { wallet, signatures } = await masumiWallet();
  const price = orderOf({ terms: { sellerReturnAddress: wallet.address } });
  await expectRefused(
    wallet.sign(price),
    'expected buyer and seller to be paid at different addresses',
    signatures,
  );
});

test('a registration counts when the buyer’s own provider confirms it', async () => {
  const agentIdentifier = `${REGISTRY_POLICY_ID}01`;
  const price = orderOf({ terms: { agentIdentifier } });
  const entry = (holder: string) => ({
    quantity: 1n,
    holders: [holder],
    metadata: {
      api_base_url: 'https://shop.example/',
      supported_payment_sources: [
        {
          chain: 'Cardano',
          network: 'Preview',
          settlement: { paymentSourceType: 'Web3CardanoV2', address: price.payTo },
          pricing: { pricingType: 'Fixed', fixed: [{ asset: '', amount: 5_000_000 }] },
        },
      ],
    },
  });
  const request = { url: 'https://shop.example/report', body: new Uint8Array() };
  const seller = String((price.extra.terms as { sellerAddress: string }).sellerAddress);
  const of = (holder: string) =>
    masumiWallet({}, (truth) => ({ ...truth, asset: async () => entry(holder) }));
  const confirmed = await of(seller);
  await confirmed.wallet.sign(price, { limits: 'unlimited', request });
  expect(confirmed.approved[0]?.registryAsset).toBe(`${REGISTRY_POLICY_ID}.01`);

  const elsewhere = await of(seller);
  const other = { ...request, url: 'https://other.example/report' };
  await expectRefused(
    elsewhere.wallet.sign(price, { limits: 'unlimited', request: other }),
    'expected a resource at or below the registered',
    elsewhere.signatures,
  );
  const stolen = await of(newAddress());
  await expectRefused(
    stolen.wallet.sign(price, { limits: 'unlimited', request }),
    'found it elsewhere',
    stolen.signatures,
  );
  const silent = await masumiWallet({}, ({ asset: _, ...truth }) => truth);
  await expectRefused(silent.wallet.sign(price), 'does not tell of assets', silent.signatures);
});

test('an asset is read from the chain as it is', async () => {
  const { chain, keys, grant } = await openChain();
  grant(keys.address, 30n * ADA, tokens(25n));
  const entry = await chain.asset?.(TOKEN as never);
  expect(entry?.holders).toContain(keys.address);
  expect(entry?.quantity).toBeGreaterThanOrEqual(25n);
  expect(await chain.asset?.(`${'ab'.repeat(28)}.01` as never)).toBeUndefined();
});

test('a wallet that was not told to pays into no escrow, and an application that declines is heard', async () => {
  const { chain, keys, grant } = await openChain();
  grant(keys.address, 30n * ADA);
  const signatures = countSignatures();
  const plain = await openWallet({ chain, secret: keys });
  await expectRefused(plain.sign(orderOf()), 'found "masumi", which this wallet does not allow', signatures);
  const declining = await masumiWallet({ approve: async () => false });
  await expectRefused(
    declining.wallet.sign(orderOf()),
    'the application did not approve the Masumi terms',
    declining.signatures,
  );
});

test('arbitrators that the buyer trusts may decide, and no others', async () => {
  const escrow = { deployment: OTHERS, scriptHash: 'cd'.repeat(28) };
  const { wallet, approved } = await masumiWallet({ escrows: [escrow] });
  await wallet.sign(orderOf({ escrow, payTo: escrowAddress(escrow, NETWORK) }));
  expect(approved[0]?.arbitrators).toEqual({ threshold: 1, votes: new Map([[OTHERS.adminVkeys[0], 1]]) });
});

test('limits count the collateral', async () => {
  const { wallet, signatures } = await masumiWallet();
  const limits = { lovelace: { perPayment: 2n * ADA } };
  const scheme = new ExactCardanoClient({ wallet, limits });
  await expectRefused(
    scheme.createPaymentPayload(2, orderOf({ amount: 1n * ADA })),
    /expected at most 2000000 lovelace to leave the wallet, .* found \d{7}/,
    signatures,
  );
});

test('a wallet pays from the buyer’s own key alone', async () => {
  const { chain, keys, grant } = await openChain();
  const foreign = newAddress();
  grant(foreign, 50n * ADA);
  const wallet = await openWallet({
    chain,
    masumi: masumi({ approve: () => true }),
    secret: { ...keys, unspentOutputs: () => chain.unspentOutputs(foreign) },
  });
  const signatures = countSignatures();
  await expectRefused(wallet.sign(orderOf()), 'has no UTxO', signatures);
});

/** The signing function, with a transaction whose first output the test bends. */
async function atTheDoor() {
  const { chain, keys, method, wallet, signatures } = await masumiWallet();
  const requirements = orderOf();
  const costs = await chain.parameters();
  const price = termsOf(requirements);
  const nowMs = Date.now();
  const { address } = wallet;
  const home = unwrap(parseAddress(address)).bytes;
  const context = { chain, costs, address, request: undefined, nowMs };
  const lock = await method.lockFor(requirements, price, context);
  const terms = withLock(price, lock);
  const listed = await chain.unspentOutputs(address);
  const allowance = { limits: 'unlimited' as const, sellers: [], spent: [], nowMs };
  const sign = async (bend: (output: NewOutput, lock: Lock) => NewOutput, addedTtl = 0) => {
    const ttl = slotAt(NETWORK, lock.payByMs) + addedTtl;
    const { bytes } = unwrap(
      buildTransaction({
        outputs: () => [bend(payingOutput(terms), lock)],
        available: listed,
        change: home,
        ttl,
        parameters: costs,
      }),
    );
    const options = { chain, keys, terms, listed, costs, allowance };
    return signPayment({ bytes, ttl, validToMs: lock.payByMs }, options);
  };
  return { sign, signatures, lock };
}

const bentDatum =
  (at: number) =>
  (output: NewOutput): NewOutput => {
    const inlineDatum = Uint8Array.from(output.inlineDatum ?? []);
    inlineDatum[at] = (inlineDatum[at] ?? 0) ^ 1;
    return { ...output, inlineDatum };
  };
const holding =
  (change: bigint) =>
  (output: NewOutput): NewOutput => ({
    ...output,
    value: { ...output.value, lovelace: output.value.lovelace + change },
  });

test('the door lets the lock through that the terms ask for', async () => {
  const { sign, signatures } = await atTheDoor();
  await sign((output) => output);
  expect(signatures()).toBe(1);
});

test.each<[string, (output: NewOutput, lock: Lock) => NewOutput, number, string | RegExp]>([
  ['no datum', (output) => ({ ...output, inlineDatum: undefined }), 0, 'expected the datum'],
  ['another buyer in the datum', bentDatum(20), 0, 'expected the datum'],
  ['more in the escrow', holding(1n), 0, 'lovelace in the escrow output'],
  ['less in the escrow', holding(-1n), 0, 'lovelace in the escrow output'],
  [
    'a TTL after the seller’s deadline',
    (output) => output,
    1,
    /expected a transaction that ends at slot \d+/,
  ],
  [
    'another address',
    (output) => ({ ...output, address: unwrap(parseAddress(newAddress())).bytes }),
    0,
    'expected the first output to pay',
  ],
])('a lock with %s is not signed, whoever built it', async (_, bend, addedTtl, reason) => {
  const { sign, signatures } = await atTheDoor();
  await expectRefused(sign(bend, addedTtl), reason, signatures);
});

test('no byte of the datum can be changed', async () => {
  const { sign, signatures, lock } = await atTheDoor();
  expect(lock.datum.length).toBeGreaterThan(400);
  for (let at = 0; at < lock.datum.length; at += 1)
    await expectRefused(sign(bentDatum(at)), /^not signed: expected/, signatures);
});
