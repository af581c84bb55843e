import { outRefKey, parseOutRef } from '@x402-facilitator/cardano';
import { type TransactionSpec, walletOf } from '@x402-facilitator/cardano/testing';
import { present } from '@x402-facilitator/journal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Facilitator, startFacilitator } from './support/facilitator.js';
import {
  type Bend,
  FEE,
  type SponsoredPayment,
  type Sponsoring,
  sponsoringConfig,
  sponsoringOn,
} from './support/sponsored.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const P = 'invalid_exact_cardano_payload_sponsorship';
const MISMATCH = `${P}_mismatch`;

const POOL = 10;

describe('a sponsored payment that an attacker with the password of Redis changed', () => {
  let here: Facilitator;
  let sponsoring: Sponsoring;
  beforeAll(async () => {
    here = await startFacilitator({ config: sponsoringConfig({ pool: { size: POOL } }) });
    sponsoring = await sponsoringOn(here);
    sponsoring.fundWallet(100_000_000n);
    await sponsoring.poolHolds(POOL);
  });
  afterAll(() => here?.close());

  /** Nothing was signed, and nothing was sent. */
  const isNotSigned = async (payment: SponsoredPayment, code: string) => {
    const settlement = await here.reaches(payment, 'failed');
    expect([settlement.errorReason, settlement.errorMessage]).toEqual([code, expect.any(String)]);
    expect(settlement.attempts).toBe(0);
    expect(here.submissionsOf(payment)).toBe(0);
    const kept = await here.journal.readSignedTransaction(payment.network, payment.txHash);
    expect(kept).toEqual(payment.signedTransaction);
    expect(present(await sponsoring.store.books())).toMatchObject({ signedCount: 0, spentCount: 0 });
    return settlement;
  };
  /** And the output comes back. */
  const isRefused = async (payment: SponsoredPayment, code: string) => {
    const settlement = await isNotSigned(payment, code);
    const stateOf = async () => present(await sponsoring.store.read(payment.sponsorship.id)).state;
    await expect.poll(stateOf).toBe('released');
    return settlement;
  };
  const enqueue = ({ network, txHash: transaction }: SponsoredPayment) =>
    here.queue.enqueue({ network, txHash: transaction });

  const alter = async (key: string, fields: Readonly<Record<string, string>>) => {
    expect(await here.redis.exists(key)).toBe(1);
    await here.redis.hset(key, fields);
  };

  afterEach(async () => {
    // Whatever was tried, all that the wallet ever paid is the fee of making its pool.
    const { poolFeeLovelace } = present(await sponsoring.store.books());
    expect(sponsoring.balance()).toBe(100_000_000n - poolFeeLovelace);
  });

  it('a forged job without a record does nothing', async () => {
    const payment = await sponsoring.pay();
    const completed = async () => (await here.queue.counts()).completed ?? 0;
    const before = await completed();
    await enqueue(payment);
    await expect.poll(completed).toBe(before + 1);
    expect(here.submissionsOf(payment)).toBe(0);
    expect(present(await sponsoring.store.books())).toMatchObject({ signedCount: 0 });
  });

  it.each<[string, (payment: SponsoredPayment) => Readonly<Record<string, string>>]>([
    ['binding', () => ({ binding: 'ab'.repeat(32) })],
    ['payer', () => ({ payer: someoneElse.address(0) })],
    ['payTo', () => ({ payTo: someoneElse.address(0) })],
    ['asset', () => ({ asset: 'lovelace' })],
    ['amount', () => ({ amount: '1' })],
    ['required confirmations', () => ({ requiredConfirmations: '0' })],
    ['TTL', ({ ttl }) => ({ ttl: `${Number(ttl) + 1}` })],
    ['inputs', ({ inputs }) => ({ inputs: JSON.stringify([...inputs].reverse()) })],
    ['reservation', () => ({ sponsorship: 'ab'.repeat(16) })],
    ['request (now invalid)', () => ({ request: '{' })],
  ])('a record whose %s was changed after the claim is not signed', async (_field, change) => {
    const payment = await sponsoring.pay();
    expect((await here.journal.claim(payment)).kind).toBe('claimed');
    await alter(recordOf(payment), change(payment));
    await enqueue(payment);
    await isRefused(payment, MISMATCH);
  });

  it('the request of another payment is not signed, even with a valid reservation', async () => {
    const [payment, other] = [await sponsoring.pay(), await sponsoring.pay()];
    expect((await here.journal.claim(payment)).kind).toBe('claimed');
    await alter(recordOf(payment), { request: other.sponsored?.request ?? '', binding: other.binding });
    await enqueue(payment);
    await isRefused(payment, MISMATCH);
    expect(here.submissionsOf(other)).toBe(0);
  });

  it.each<[string, string, Bend]>([
    [
      'whose change is short by one lovelace',
      `${P}_change_insufficient`,
      (spec) => withLovelace(spec, { 1: 1n, 2: -1n }),
    ],
    [
      'whose change goes to a stranger',
      `${P}_change_insufficient`,
      (spec) => ({
        ...spec,
        outputs: spec.outputs.map((output, index) =>
          index === 2 && !(output instanceof Uint8Array)
            ? { ...output, address: someoneElse.addressBytes(0) }
            : output,
        ),
      }),
    ],
    [
      'with a fee above the limit',
      'invalid_exact_cardano_payload_fee_above_maximum',
      (spec) => ({ ...withLovelace(spec, { 2: FEE - 400_001n }), fee: 400_001n }),
    ],
  ])('a payment %s is not signed even if it was claimed', async (_what, code, bend) => {
    await isRefused(await sponsoring.settle(bend), code);
  });

  it('a payment with a second output of the pool sneaked in is not signed', async () => {
    const second = await sponsoring.pay();
    const sneaked = parseOutRef(second.sponsorship.input);
    if (sneaked === undefined) throw new Error('expected an output');
    const payment = await sponsoring.settle((spec, { lovelace }) => ({
      ...spec,
      inputs: [...spec.inputs, sneaked],
      outputs: [...spec.outputs, { address: someoneElse.addressBytes(0), lovelace }],
    }));
    const { errorMessage } = await isRefused(payment, `${P}_foreign_input`);
    expect(errorMessage).toContain(outRefKey(sneaked));
  });

  it.each<[string, string, Bend, (payment: SponsoredPayment) => Readonly<Record<string, string>>]>([
    [
      'that more may be lent',
      `${P}_change_insufficient`,
      (spec) => withLovelace(spec, { 1: 1_500_000n, 2: -1_500_000n }),
      () => ({ minAdaLovelace: '4000000' }),
    ],
    ['that the output holds less', MISMATCH, asItIs, () => ({ lovelace: '4000000' })],
    ['another payer', MISMATCH, asItIs, () => ({ payer: someoneElse.address(0) })],
    ['another output', MISMATCH, asItIs, ({ inputs }) => ({ input: inputs[0] ?? '' })],
    ['another transaction', `${P}_used`, asItIs, () => ({ transaction: 'ab'.repeat(32) })],
    ['that it expired', `${P}_expired`, asItIs, () => ({ state: 'released' })],
  ])('a reservation that was changed to say %s is not signed', async (_what, code, bend, change) => {
    const payment = await sponsoring.pay(bend);
    expect((await here.journal.claim(payment)).kind).toBe('claimed');
    await alter(reservationOf(payment), change(payment));
    await enqueue(payment);
    await isNotSigned(payment, code);
  });
});

it('a reservation that names another wallet waits for that wallet, and this one does not sign', async () => {
  const { here, sponsoring } = await openSponsoring();
  const payment = await sponsoring.pay();
  await here.journal.claim(payment);
  await here.redis.hset(reservationOf(payment), { changeAddress: someoneElse.address(0) });
  await here.queue.enqueue({ network: payment.network, txHash: payment.txHash });
  await expect
    .poll(() => here.logs().filter(({ message }) => message === 'a sponsored payment waits').length)
    .toBeGreaterThan(0);
  expect(here.submissionsOf(payment)).toBe(0);
  here.leap(400_000);
  here.forge();
  await here.reaches(payment, 'expired');
  expect(present(await sponsoring.store.books())).toMatchObject({ signedCount: 0 });
});

it('replaced bytes in the record are not sent: only verified bytes are sent', async () => {
  const { here, sponsoring } = await openSponsoring();
  const payment = await sponsoring.pay();
  await here.journal.claim({ ...payment, signedTransaction: new Uint8Array([0x84, 0xa0]) });
  await here.queue.enqueue({ network: payment.network, txHash: payment.txHash });
  await here.reaches(payment, 'submitted');
  expect(here.submissionsOf(payment)).toBe(1);
});

it('a worker spends no more than its own limit of the day, even if the books in Redis are deleted', async () => {
  const { here, sponsoring } = await openSponsoring({ limits: { perDayLovelace: 2_000_000 } });
  await here.reaches(await sponsoring.settle(), 'submitted');
  const payment = await sponsoring.pay();
  await here.redis.del(`{x402}:sponsorship:preview:day:${payment.sponsorship.day}`);
  await here.settle(payment);
  const { errorReason, errorMessage } = await here.reaches(payment, 'failed');
  expect(errorReason).toBe('exact_cardano_facilitator_sponsorship_unavailable');
  expect(errorMessage).toContain('reached its own spending limit of the day');
  expect(here.submissionsOf(payment)).toBe(0);
});

it('one day costs the wallet its limit at most, with any number of callers and requests', async () => {
  const perDayLovelace = 5_000_000n;
  // More outputs than the day allows payments, so that only the limit can end them.
  const { here, sponsoring } = await openSponsoring({
    limits: { perDayLovelace: Number(perDayLovelace) },
    pool: { size: 8 },
  });
  let last: SponsoredPayment;
  do {
    last = await sponsoring.settle();
    await expect
      .poll(async () => (await here.read(last.txHash)).state)
      .toMatch(/^(submitted|confirmed|failed)$/);
    here.forge();
  } while ((await here.read(last.txHash)).state !== 'failed');

  const worstCase = last.sponsorship.maxFeeLovelace + last.sponsorship.minAdaLovelace;
  const { signedLovelace } = present(await sponsoring.store.books());
  // Beside it only the fees of the wallet's own transactions, which are booked once a worker has seen them land.
  await expect
    .poll(async () => {
      here.forge();
      const { poolFeeLovelace } = present(await sponsoring.store.books());
      return 100_000_000n - poolFeeLovelace - sponsoring.balance();
    })
    .toBe(signedLovelace);
  expect(signedLovelace).toBeLessThanOrEqual(perDayLovelace);
  expect(signedLovelace, 'and the rest is too small for another').toBeGreaterThan(perDayLovelace - worstCase);
});

it('a worker that restarts is bound by the spending of others in the books', async () => {
  const { here, sponsoring } = await openSponsoring({ limits: { perDayLovelace: 2_000_000 } });
  await here.reaches(await sponsoring.settle(), 'submitted');
  await here.workers[0]?.stop();
  await here.startWorker();
  const payment = await sponsoring.settle();
  expect((await here.reaches(payment, 'failed')).errorMessage).toContain('the day’s limit (day) is reached');
  expect(here.submissionsOf(payment)).toBe(0);
});

const someoneElse = walletOf('a stranger');

const recordOf = ({ txHash: transaction }: SponsoredPayment) =>
  `{x402}:journal:preview:settlement:${transaction}`;
const reservationOf = ({ sponsorship }: SponsoredPayment) =>
  `{x402}:sponsorship:preview:reservation:${sponsorship.id}`;

async function openSponsoring(
  config: Readonly<Record<string, unknown>> & { readonly pool?: { readonly size: number } } = {},
) {
  const { here } = await open({ config: sponsoringConfig(config) });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(100_000_000n);
  await sponsoring.poolHolds(config.pool?.size ?? 4);
  return { here, sponsoring };
}

function asItIs(spec: TransactionSpec): TransactionSpec {
  return spec;
}

/** Adds to the values of outputs, by index. */
function withLovelace(spec: TransactionSpec, changes: Readonly<Record<number, bigint>>): TransactionSpec {
  return {
    ...spec,
    outputs: spec.outputs.map((output, index) =>
      output instanceof Uint8Array
        ? output
        : { ...output, lovelace: output.lovelace + (changes[index] ?? 0n) },
    ),
  };
}
