import { decodeTransaction, parseAddress, type TxHash } from '@x402-facilitator/cardano/ledger';
import { expect, test } from 'vitest';
import {
  buildTransaction,
  ChainUnreachableError,
  type Keys,
  keysOf,
  leastReturnable,
  newSeedPhrase,
  openWallet,
  signReturn,
  whoPaid,
} from '../src/index.js';
import { newAddress, openChain, priceOf, scriptOf, TOKEN, tokens } from './support/chain.js';

const ADA = 1_000_000n;

function addressBytes(address: string): Uint8Array {
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value.bytes;
}

/** A till and a payer with money, and what both can do on a devnet. */
async function openTill() {
  const { devnet, chain, wallet: payer, grant } = await openChain();
  const [till, floatKeys] = await Promise.all(
    [newSeedPhrase(), newSeedPhrase()].map((seedPhrase) => keysOf({ seedPhrase }, chain.network)),
  );
  if (till === undefined || floatKeys === undefined) throw new Error('no keys');
  const parameters = await chain.parameters();
  const send = async (bytes: Uint8Array) => {
    const sent = await chain.submit?.(bytes);
    devnet.ledger.forge();
    return sent;
  };
  const pay = async (wallet: Pick<typeof payer, 'sign'>, change: Parameters<typeof priceOf>[1] = {}) => {
    const { transactionBase64 } = await wallet.sign(priceOf(till.address, change));
    expect(await send(Buffer.from(transactionBase64, 'base64'))).toMatchObject({ ok: true });
  };
  const order = async (keys: Keys = till) => ({
    network: chain.network,
    keys,
    parameters,
    validToMs: Date.now() + 600_000,
    payments: await Promise.all(
      (await chain.unspentOutputs(till.address)).map(async ({ outRef }) => {
        const paid = await whoPaid(chain, outRef);
        if (!paid.ok) throw new Error(JSON.stringify(paid.error));
        return { output: paid.value.output, to: paid.value.payer };
      }),
    ),
  });
  const held = async (address: string) =>
    (await chain.unspentOutputs(address)).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  return { devnet, chain, payer, grant, till, floatKeys, send, pay, order, held, parameters };
}

test('a payment goes back to its payer less the fee, out of the very output that paid, and only once', async () => {
  const { payer, grant, till, send, pay, order, held } = await openTill();
  grant(payer.address, 20n * ADA);
  await pay(payer);
  const before = await held(payer.address);
  const first = await order();
  const signed = await signReturn(first);
  // Killed and started again, it makes another transaction of the same payment: only one of them can be on the ledger.
  const again = await signReturn({ ...first, validToMs: first.validToMs + 60_000 });
  if (!signed.ok || !again.ok) throw new Error('not signed');
  expect(again.value.txHash).not.toBe(signed.value.txHash);
  expect(signed.value.returned).toEqual([
    { to: payer.address, lovelace: 2n * ADA - signed.value.feeLovelace, assets: new Map() },
  ]);
  expect(await send(signed.value.bytes)).toEqual({ ok: true, value: signed.value.txHash });
  expect(await send(again.value.bytes)).toMatchObject({ ok: false });
  expect(await held(payer.address)).toBe(before + 2n * ADA - signed.value.feeLovelace);
  expect(await held(till.address)).toBe(0n);
});

test('many payments go back in one transaction and share its fee to the lovelace', async () => {
  const { chain, grant, till, send, pay, order, held } = await openTill();
  const payers = await Promise.all(
    Array.from({ length: 7 }, async () => openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } })),
  );
  for (const [index, wallet] of payers.entries()) {
    grant(wallet.address, 10n * ADA);
    await pay(wallet, { amount: String(2n * ADA + BigInt(index)) });
  }
  const signed = await signReturn(await order());
  if (!signed.ok) throw new Error(signed.error.kind);
  const sent = signed.value.returned.reduce((sum, { lovelace }) => sum + lovelace, 0n);
  expect(sent + signed.value.feeLovelace).toBe(14n * ADA + 21n);
  expect(await send(signed.value.bytes)).toMatchObject({ ok: true });
  expect(await held(till.address)).toBe(0n);
  expect(new Set(signed.value.returned.map(({ to }) => to))).toEqual(
    new Set(payers.map(({ address }) => address)),
  );
});

test('a token comes back with all of its ADA, and the float pays the fee alone', async () => {
  const { chain, payer, grant, floatKeys, send, pay, order, held } = await openTill();
  grant(payer.address, 20n * ADA, tokens(25n));
  grant(floatKeys.address, 9n * ADA);
  await pay(payer, { asset: TOKEN, amount: '10' });
  const before = await held(payer.address);
  const wanted = await order();
  expect(await signReturn(wanted)).toMatchObject({ ok: false, error: { kind: 'too little ada' } });
  const outputs = await chain.unspentOutputs(floatKeys.address);
  const signed = await signReturn({ ...wanted, float: { keys: floatKeys, outputs } });
  if (!signed.ok) throw new Error(signed.error.kind);
  expect(await send(signed.value.bytes)).toMatchObject({ ok: true });
  const back = (await chain.unspentOutputs(payer.address)).flatMap(({ assets }) => [...assets]);
  expect(back.reduce((sum, [, amount]) => sum + amount, 0n)).toBe(25n);
  expect(await held(payer.address)).toBe(before + (wanted.payments[0]?.output.lovelace ?? 0n));
  expect(await held(floatKeys.address)).toBe(9n * ADA - signed.value.feeLovelace);
});

test('the least that can go back is told to the lovelace', async () => {
  const { chain, payer, grant, till, pay, order, parameters } = await openTill();
  grant(payer.address, 20n * ADA);
  const least = leastReturnable({ to: payer.address, assets: new Map() }, parameters);
  expect(least).toBeGreaterThan(ADA);
  await pay(payer, { amount: String(least - 1n) });
  expect(await signReturn(await order())).toMatchObject({ ok: false });
  await pay(payer, { amount: String(least) });
  const { payments, ...others } = await order();
  expect(await chain.unspentOutputs(till.address)).toHaveLength(2);
  const enough = payments.filter(({ output }) => output.lovelace === least);
  const signed = await signReturn({ ...others, payments: enough });
  expect(signed).toMatchObject({ ok: true, value: { returned: [{ to: payer.address }] } });
});

test('the payer is who lost the most of what was paid, whoever else put something in', async () => {
  const { chain, payer, grant, floatKeys, till, send, pay, parameters } = await openTill();
  grant(payer.address, 3n * ADA, tokens(25n));
  grant(floatKeys.address, 400n * ADA);
  await pay(payer, { asset: TOKEN, amount: '10' });
  // A return to the till itself is a payment by two: the till's token, and the float, which holds far more ADA and pays the fee.
  const [output] = await chain.unspentOutputs(till.address);
  const [sponsor] = await chain.unspentOutputs(floatKeys.address);
  if (output === undefined || sponsor === undefined) throw new Error('nothing there');
  const other = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() } });
  const both = await signReturn({
    network: chain.network,
    keys: till,
    parameters,
    validToMs: Date.now() + 600_000,
    payments: [{ output, to: other.address }],
    float: { keys: floatKeys, outputs: [sponsor] },
  });
  if (!both.ok) throw new Error(both.error.kind);
  expect(await send(both.value.bytes)).toMatchObject({ ok: true });
  const [there] = await chain.unspentOutputs(other.address);
  if (there === undefined) throw new Error('nothing there');
  expect(await whoPaid(chain, there.outRef)).toMatchObject({
    ok: true,
    value: { payer: till.address, output: { lovelace: there.lovelace } },
  });
});

/** The payer of a transaction that nobody sent: a provider tells it, with the outputs that it spends as they are. */
async function payerOf(addresses: readonly string[]) {
  const { chain, grant, till, parameters } = await openTill();
  for (const address of addresses) grant(address, 3n * ADA);
  const own = await Promise.all([...new Set(addresses)].map((address) => chain.unspentOutputs(address)));
  const [first] = await chain.unspentOutputs(till.address);
  const built = buildTransaction({
    outputs: () => [],
    available: [],
    required: own.flat(),
    change: addressBytes(till.address),
    ttl: 1_000_000,
    parameters,
  });
  if (!built.ok || first !== undefined) throw new Error('not built');
  const decoded = decodeTransaction(built.value.bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  const { id } = decoded.value;
  const told = { bytes: built.value.bytes, isValid: true, height: 1 };
  const transaction = async (txHash: TxHash) => (txHash === id ? told : chain.transaction(txHash));
  return whoPaid({ ...chain, transaction }, { txHash: id, index: 0 });
}

test('a script is not paid back: what came there might never be spent again', async () => {
  const { address } = await keysOf({ seedPhrase: newSeedPhrase() }, 'cardano:preview');
  expect(await payerOf([address])).toMatchObject({ ok: true, value: { payer: address } });
  expect(await payerOf([scriptOf(address)])).toMatchObject({
    ok: false,
    error: { kind: 'cannot be paid back', why: expect.stringMatching('a script paid it') },
  });
});

test('a payment of very many inputs costs no more than so many calls', async () => {
  const { address } = await keysOf({ seedPhrase: newSeedPhrase() }, 'cardano:preview');
  expect(await payerOf(Array(50).fill(address))).toMatchObject({ ok: true });
  expect(await payerOf(Array(51).fill(newAddress()))).toMatchObject({
    ok: false,
    error: { kind: 'cannot be paid back', why: expect.stringMatching('has 51 inputs') },
  });
});

test('a provider that does not answer, or bends the bytes, is not taken for a payment that is not there', async () => {
  const { chain, payer, grant, till, pay } = await openTill();
  const missing = { txHash: 'de'.repeat(32) as TxHash, index: 0 };
  expect(await whoPaid(chain, missing)).toEqual({ ok: false, error: { kind: 'not in a block' } });
  grant(payer.address, 20n * ADA);
  await pay(payer);
  const [paid] = await chain.unspentOutputs(till.address);
  if (paid === undefined) throw new Error('nothing there');
  const bent = async (txHash: TxHash) => {
    const found = await chain.transaction(txHash);
    return (
      found && { ...found, bytes: Uint8Array.from(found.bytes, (byte, at) => (at === 60 ? byte ^ 1 : byte)) }
    );
  };
  await expect(whoPaid({ ...chain, transaction: bent }, paid.outRef)).rejects.toThrow(
    'gave bytes that prove nothing',
  );
  const down = () => Promise.reject(new ChainUnreachableError('down'));
  await expect(whoPaid({ ...chain, transaction: down }, paid.outRef)).rejects.toThrow('down');
  await expect(whoPaid(chain, { ...paid.outRef, index: 9 })).rejects.toThrow('does not have');
});

test('nothing is signed but outputs of these keys that go where they came from', async () => {
  const { payer, grant, pay, order } = await openTill();
  grant(payer.address, 20n * ADA);
  await pay(payer);
  const wanted = await order();
  const [payment] = wanted.payments;
  if (payment === undefined) throw new Error('nothing there');
  const { output } = payment;
  const signing = (change: Partial<typeof payment>) =>
    signReturn({ ...wanted, payments: [{ ...payment, ...change }] });
  await expect(signReturn({ ...wanted, payments: [payment, payment] })).rejects.toThrow('each payment once');
  await expect(signing({ to: 'addr_test1nobody' })).rejects.toThrow('expected an address');
  await expect(signing({ output: { ...output, address: newAddress() } })).rejects.toThrow(
    'that the keys open',
  );
  const parameters = { ...wanted.parameters, minFeeConstant: 1_000_001n };
  await expect(signReturn({ ...wanted, parameters })).rejects.toThrow('expected a fee of at most');
});
