import { createReceiptStore } from '@x402-facilitator/journal';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Facilitator, NETWORK, startFacilitator } from './support/facilitator.js';
import { createPayer, newPrivateKey, type Payer, type Payment } from './support/payments.js';

const wallet = newPrivateKey();
const recordOf = (transaction: string) => `{x402}:journal:preview:settlement:${transaction}`;

type Fields = Readonly<Record<string, string | Buffer>>;
/** A change in the record of a confirmed payment, and the reason in the log. */
type Attack = readonly [string, (stranger: string, other: Payment) => Fields, RegExp];

const ATTACKS: readonly Attack[] = [
  ['another payer', (stranger) => ({ payer: stranger }), /did not sign it/],
  ['another payTo', (stranger) => ({ payTo: stranger }), /no output pays 2000000 lovelace to/],
  ['another asset', () => ({ asset: `${'ab'.repeat(28)}.74` }), /no output pays/],
  ['a larger amount', () => ({ amount: '99000000' }), /no output pays 99000000/],
  ['a payTo that is not an address', () => ({ payTo: 'shop' }), /payTo: /],
  [
    'a stricter policy',
    () => ({ requiredConfirmations: '9' }),
    /1 confirmations do not meet its policy of 9/,
  ],
  ['a time in the future', () => ({ settledAtMs: `${Date.now() + 3_600_000}` }), /in the future/],
  [
    'another’s transaction',
    (_stranger, { signedTransaction }) => ({ signedTransaction: Buffer.from(signedTransaction) }),
    /it holds the transaction [0-9a-f]{64}/,
  ],
  ['bytes that are not a transaction', () => ({ signedTransaction: 'ff' }), /it holds no transaction/],
  [
    'another block',
    () => ({ blockHash: 'b1'.repeat(32) }),
    /block [0-9a-f]{64} at height \d+ and slot \d+ holds it/,
  ],
  ['another height', () => ({ blockHeight: '1' }), /holds it/],
  ['another slot', () => ({ blockSlot: '1' }), /holds it/],
  ['more depth than there is', () => ({ confirmations: '50' }), /is not 50 blocks above it/],
];

describe('a confirmed payment that an attacker with the password of Redis changed', () => {
  let here: Facilitator;
  let payer: Payer;
  let honest: Payment;
  let unsent: Payment;
  const altered = new Map<string, Payment>();
  const receipts = () => createReceiptStore({ redis: here.redis, network: NETWORK });

  const reach = (payments: readonly Payment[], state: string) =>
    waitUntil(
      async () => {
        const settlements = await Promise.all(
          payments.map(({ txHash: transaction }) => here.read(transaction)),
        );
        return settlements.every((settlement) => settlement.state === state);
      },
      { what: `all to be ${state}` },
    );

  /** All payments are confirmed and altered before a worker with a wallet starts. */
  beforeAll(async () => {
    here = await startFacilitator();
    payer = await createPayer(here.devnet, ATTACKS.length + 2);
    const payments = await Promise.all(Array.from({ length: ATTACKS.length + 1 }, () => payer.sign()));
    for (const payment of payments) await here.settle(payment);
    await reach(payments, 'submitted');
    here.forge(2);
    await reach(payments, 'confirmed');
    await here.workers[0]?.stop();

    const [first, ...others] = payments;
    if (first === undefined) throw new Error('expected payments');
    honest = first;
    const stranger = await newPrivateKey().address();
    for (const [index, [name, change]] of ATTACKS.entries()) {
      const payment = others[index];
      if (payment === undefined) throw new Error('expected a payment of its own for each attack');
      altered.set(name, payment);
      await here.redis.hset(recordOf(payment.txHash), change(stranger, honest));
    }
    // A payment that was never sent, with the confirmation of one that was.
    unsent = await payer.sign();
    await here.journal.claim(unsent);
    const {
      blockHash = '',
      blockHeight = '',
      blockSlot = '',
      settledAtMs = '',
      includedAtMs = '',
      firstSettledRevision = '',
    } = await here.redis.hgetall(recordOf(honest.txHash));
    const inBlock = { blockHash, blockHeight, blockSlot, includedAtMs };
    const confirmation = { ...inBlock, settledAtMs, firstSettledRevision };
    await here.redis.hset(recordOf(unsent.txHash), {
      ...confirmation,
      state: 'confirmed',
      confirmations: '1',
      finalAtMs: settledAtMs,
    });
    await here.redis.zadd('{x402}:journal:preview:receipts-due', settledAtMs, unsent.txHash);

    Object.assign(here.config.chain, { facilitator: { privateKey: wallet.privateKey } });
    await here.startWorker();
    here.leap(6_000);
  });
  afterAll(() => here?.close());

  const reasonsFor = (payment: Payment) =>
    here
      .logs()
      .filter(
        ({ transaction, message }) =>
          transaction === payment.txHash && String(message).startsWith('no receipt'),
      )
      .map(({ metadata }) => (metadata as { why: string }).why);

  const getsNone = async (payment: Payment, why: RegExp) => {
    await expect.poll(() => reasonsFor(payment)).toEqual([expect.stringMatching(why)]);
    expect(await receipts().read(payment.txHash)).toBeUndefined();
  };

  it('does not affect the receipt of an honest one', async () => {
    await expect.poll(() => receipts().read(honest.txHash)).toBeDefined();
    expect(reasonsFor(honest)).toEqual([]);
  });

  it.each(ATTACKS)('%s gets no receipt, and the log says why', async (name, _change, why) => {
    const payment = altered.get(name);
    if (payment === undefined) throw new Error('expected a payment');
    await getsNone(payment, why);
  });

  it('a payment that was never included gets no receipt, even if its record says so', () =>
    getsNone(unsent, /no block holds it/));

  it('a doubtful one is looked at again later, and signed once its record is repaired', async () => {
    const payment = altered.get('another height');
    if (payment === undefined) throw new Error('expected a payment');
    await getsNone(payment, /holds it/);
    const height = await here.redis.hget(recordOf(honest.txHash), 'blockHeight');
    await here.redis.hset(recordOf(payment.txHash), { blockHeight: height ?? '' });
    here.leap(40_000);
    await expect.poll(() => receipts().read(payment.txHash)).toBeDefined();
  });
});
