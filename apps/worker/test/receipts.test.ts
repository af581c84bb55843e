import { type SignedReceipt, verifyReceipt } from '@x402-facilitator/cardano';
import { createReceiptStore } from '@x402-facilitator/journal';
import { expect, it } from 'vitest';
import { signReceipt } from '../src/receipts/sign-receipt.js';
import { type FacilitatorWallet, openWallet } from '../src/wallet/index.js';
import { type Facilitator, NETWORK } from './support/facilitator.js';
import { newPrivateKey, type Payment } from './support/payments.js';
import { RECEIPT } from './support/receipt.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const wallet = newPrivateKey();
const withWallet = { chain: { facilitator: { privateKey: wallet.privateKey } } };

const receiptsOf = (here: Facilitator) => createReceiptStore({ redis: here.redis, network: NETWORK });

async function confirm(here: Facilitator, payment: Payment) {
  await here.settle(payment);
  await here.reaches(payment, 'submitted');
  here.forge(2);
  return here.reaches(payment, 'confirmed');
}

async function receiptFor(here: Facilitator, payment: Payment): Promise<SignedReceipt> {
  let found: SignedReceipt | undefined;
  await expect
    .poll(async () => {
      found = await receiptsOf(here).read(payment.txHash);
      return found;
    })
    .toBeDefined();
  if (found === undefined) throw new Error('no receipt');
  return found;
}

function valid(document: unknown) {
  const verified = verifyReceipt(document);
  if (!verified.ok) throw new Error(verified.error);
  return verified.value;
}

it('a confirmed payment gets one receipt, signed by the wallet, that agrees with its record', async () => {
  const { here, payer } = await open({ config: withWallet });
  const payment = { ...(await payer.sign()), resource: 'https://user:word@shop.example/wéather?day=1#now' };
  const settlement = await confirm(here, payment);
  const signed = await receiptFor(here, payment);
  const { receipt, address } = valid(signed);
  expect(address).toBe(await wallet.address());
  expect(receipt).toEqual({
    version: 1,
    network: NETWORK,
    transaction: payment.txHash,
    payer: payer.address,
    payTo: payment.payTo,
    asset: 'lovelace',
    amount: '2000000',
    resource: 'https://shop.example/wéather',
    block: settlement.block,
    confirmations: 1,
    settledAt: new Date(settlement.endedAtMs ?? 0).toISOString(),
  });
  // Later rounds, and a second worker, find nothing to sign.
  await here.startWorker();
  here.forge(3);
  await expect.poll(() => receiptsOf(here).due(Date.now(), 10)).toEqual([]);
  expect(await receiptsOf(here).read(payment.txHash)).toEqual(signed);
});

it('settle.receiptResource "url" signs the whole URL of the resource', async () => {
  const { here, payer } = await open({ config: { ...withWallet, settle: { receiptResource: 'url' } } });
  const resource = 'https://shop.example/wéather?day=1';
  const payment = { ...(await payer.sign()), resource };
  await confirm(here, payment);
  expect(valid(await receiptFor(here, payment)).receipt.resource).toBe(resource);
});

it('a rollback removes the receipt with its block, and the new block gets a new one', async () => {
  const { here, payer } = await open({ config: withWallet });
  const payment = await payer.sign();
  await confirm(here, payment);
  const first = valid(await receiptFor(here, payment));
  here.devnet.ledger.rollback(2, 'vanish');
  here.forge(3);
  await here.reaches(payment, 'submitted');
  expect(await receiptsOf(here).read(payment.txHash)).toBeUndefined();
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  here.forge(2);
  const settlement = await here.reaches(payment, 'confirmed');
  const second = valid(await receiptFor(here, payment));
  expect(second.receipt.block).toEqual(settlement.block);
  expect(second.receipt.block.hash).not.toBe(first.receipt.block.hash);
});

it('a worker without a wallet signs nothing; one with a wallet that starts later does, even if another follows the chain', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign();
  await confirm(here, payment);
  expect(await receiptsOf(here).due(Date.now(), 10)).toEqual([payment.txHash]);
  Object.assign(here.config.chain, { facilitator: { privateKey: wallet.privateKey } });
  await here.startWorker();
  here.leap(6_000);
  expect(valid(await receiptFor(here, payment)).address).toBe(await wallet.address());
});

it('a confirmation by mempool gets its receipt only with its block', async () => {
  const { here, payer } = await open({ config: { ...withWallet, settle: { acceptMempool: true } } });
  const payment = await payer.sign({ requiredConfirmations: -1 });
  await here.settle(payment);
  await here.reaches(payment, 'confirmed');
  expect(await receiptsOf(here).due(Date.now(), 10)).toEqual([]);
  here.forge(1);
  const { receipt } = valid(await receiptFor(here, payment));
  expect(receipt.block.hash).toBe(here.devnet.ledger.chain.tip.hash);
});

it('the receipt of an expired record is not waited for', async () => {
  const { here, payer } = await open();
  const payment = await payer.sign();
  await confirm(here, payment);
  await here.redis.del(`{x402}:journal:preview:settlement:${payment.txHash}`);
  Object.assign(here.config.chain, { facilitator: { privateKey: wallet.privateKey } });
  await here.startWorker();
  here.leap(6_000);
  await expect.poll(() => receiptsOf(here).due(Date.now() + 10_000, 10)).toEqual([]);
});

const openKey = ({ privateKey }: { readonly privateKey: string }): Promise<FacilitatorWallet> =>
  openWallet({
    network: NETWORK,
    secret: { kind: 'privateKey', privateKey },
    blockfrost: { url: 'http://127.0.0.1:9/api/v0' },
  });

it('the signature is the same every time, and covers every field', async () => {
  const signed = await signReceipt(await openKey(wallet), RECEIPT);
  expect(await signReceipt(await openKey(wallet), RECEIPT)).toEqual(signed);
  expect(verifyReceipt(signed).ok).toBe(true);
  expect(verifyReceipt({ ...signed, receipt: RECEIPT }).ok).toBe(true);
  const changes = {
    ...RECEIPT,
    version: 1,
    network: 'cardano:preprod',
    transaction: 'ac'.repeat(32),
    payer: 'addr_test1other',
    payTo: 'addr_test1other',
    asset: `${'ab'.repeat(28)}.74`,
    amount: '2000001',
    resource: 'https://shop.example/',
    block: { ...RECEIPT.block, height: 8 },
    confirmations: 2,
    settledAt: '2026-01-01T00:00:01.000Z',
  } as const;
  for (const [field, value] of Object.entries(changes)) {
    if (field === 'version') continue;
    const payload = JSON.stringify({ ...JSON.parse(signed.payload), [field]: value });
    expect([field, verifyReceipt({ ...signed, payload })]).toEqual([
      field,
      { ok: false, error: 'signature: expected the signed payload to be the text of payload' },
    ]);
    expect([field, verifyReceipt({ ...signed, receipt: { ...RECEIPT, [field]: value } }).ok]).toEqual([
      field,
      false,
    ]);
  }
});

it.each<[string, (signed: SignedReceipt, other: SignedReceipt) => unknown, RegExp]>([
  ['another’s key', (signed, other) => ({ ...signed, key: other.key }), /COSE_Key of the payment credential/],
  ['another’s address', (signed, other) => ({ ...signed, address: other.address }), /header address/],
  ['another’s signature', (signed, other) => ({ ...signed, signature: other.signature }), /header address/],
  [
    'a signature with one bit changed',
    (signed) => ({
      ...signed,
      signature: `${signed.signature.slice(0, -1)}${signed.signature.endsWith('0') ? '1' : '0'}`,
    }),
    /valid Ed25519 signature/,
  ],
  ['a signature that is not CBOR', (signed) => ({ ...signed, signature: 'ff' }), /COSE_Sign1/],
  ['an invalid key', (signed) => ({ ...signed, key: 'a0' }), /COSE_Key/],
  [
    'another spelling of the payload',
    (signed) => ({ ...signed, payload: ` ${signed.payload}` }),
    /canonical JSON/,
  ],
  ['a payload that is not JSON', (signed) => ({ ...signed, payload: '{' }), /payload: expected JSON/],
  ['a field too many', (signed) => ({ ...signed, payload: `{"a":1,${signed.payload.slice(1)}` }), /payload:/],
  [
    'a field too few',
    (signed) => ({ ...signed, payload: signed.payload.replace('"payer":', '"prayer":') }),
    /payer/,
  ],
  ['another format', (signed) => ({ ...signed, format: 'jws' }), /format/],
  ['something other than an object', () => 'receipt', /object/],
])('%s is refused', async (_what, forge, message) => {
  const signed = await signReceipt(await openKey(wallet), RECEIPT);
  const other = await signReceipt(await openKey(newPrivateKey()), RECEIPT);
  expect(verifyReceipt(forge(signed, other))).toEqual({
    ok: false,
    error: expect.stringMatching(message),
  });
});

it('an address of another network signs nothing for this one', async () => {
  const mainnet = await openWallet({
    network: 'cardano:mainnet',
    secret: { kind: 'seedPhrase', seedPhrase: `${'abandon '.repeat(23)}art` },
    blockfrost: { url: 'http://127.0.0.1:9/api/v0' },
  });
  const signed = await signReceipt(mainnet, RECEIPT);
  expect(verifyReceipt(signed)).toEqual({
    ok: false,
    error: expect.stringMatching(/^address: expected one of cardano:preview, found addr1/),
  });
  const own = await signReceipt(mainnet, { ...RECEIPT, network: 'cardano:mainnet' });
  expect(verifyReceipt(own).ok).toBe(true);
});
