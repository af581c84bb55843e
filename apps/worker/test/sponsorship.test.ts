import { decodeTransaction } from '@x402-facilitator/cardano';
import { present } from '@x402-facilitator/journal/testing';
import { expect, it } from 'vitest';
import { runOps } from '../src/ops/index.js';
import type { Facilitator } from './support/facilitator.js';
import { asTxHash } from './support/payments.js';
import {
  FEE,
  LIMITS,
  type SponsoredPayment,
  type Sponsoring,
  sponsoringConfig,
  sponsoringOn,
} from './support/sponsored.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const FUNDS = 100_000_000n;

type Opened = { readonly here: Facilitator; readonly sponsoring: Sponsoring };

async function openSponsoring(
  options: { readonly workers?: number; readonly size?: number } = {},
): Promise<Opened> {
  const { workers = 1, size = 4 } = options;
  const { here } = await open({ workers, config: sponsoringConfig({ pool: { size } }) });
  const sponsoring = await sponsoringOn(here);
  sponsoring.fundWallet(FUNDS);
  await sponsoring.poolHolds(size);
  return { here, sponsoring };
}

const stateOf = async ({ sponsoring }: Opened, { sponsorship }: SponsoredPayment) =>
  present(await sponsoring.store.read(sponsorship.id)).state;

/** The wallet holds its initial balance less what the books say it paid. */
async function balances({ sponsoring }: Opened) {
  const { poolFeeLovelace, signedLovelace } = present(await sponsoring.store.books());
  expect(sponsoring.balance()).toBe(FUNDS - poolFeeLovelace - signedLovelace);
}

async function confirm({ here }: Opened, payment: SponsoredPayment) {
  await here.reaches(payment, 'submitted');
  here.forge(2);
  return here.reaches(payment, 'confirmed');
}

it('a payer that has only a token pays: the wallet signs, gets its change, and its books balance to the lovelace', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  const payment = await sponsoring.settle();
  await confirm(opened, payment);
  await balances(opened);
  const sponsorship = present(await sponsoring.store.read(payment.sponsorship.id));
  expect(sponsorship).toMatchObject({ state: 'signed', feeLovelace: FEE });
  const lent = sponsorship?.lentLovelace ?? 0n;
  expect(lent).toBeGreaterThan(900_000n);
  expect(present(await sponsoring.store.books())).toMatchObject({
    signedCount: 1,
    signedLovelace: FEE + lent,
  });

  const kept = await here.journal.readSignedTransaction(payment.network, payment.txHash);
  const decoded = decodeTransaction(kept ?? new Uint8Array());
  if (!decoded.ok) throw new Error(decoded.error);
  expect(decoded.value.id).toBe(payment.txHash);
  expect(decoded.value.vkeyWitnesses).toHaveLength(2);

  // It is spent for good once no rollback can undo it.
  expect(await stateOf(opened, payment)).toBe('signed');
  here.leap(700_000);
  await expect.poll(() => stateOf(opened, payment)).toBe('spent');
  expect(present(await sponsoring.store.books())).toMatchObject({
    spentCount: 1,
    spentFeeLovelace: FEE,
    spentLentLovelace: lent,
    outstandingLovelace: 0n,
  });
});

async function ops({ here }: Opened, ...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const out = (text: string) => lines.push(text);
  expect(await runOps({ args, readConfig: () => here.config, out, err: out, now: Date.now })).toBe(0);
  return lines.join('\n');
}

it('operators see every lovelace: by payment in the export, as a sum in the status, and in the metrics', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  const payment = await sponsoring.settle();
  await confirm(opened, payment);
  const { lovelace, minAdaLovelace: lent } = payment.sponsorship;
  const lines = (await ops(opened, 'export', '--since', '1h')).split('\n').map((line) => JSON.parse(line));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    transaction: payment.txHash,
    sponsorship: {
      id: payment.sponsorship.id,
      state: 'signed',
      input: payment.sponsorship.input,
      lovelace: `${lovelace}`,
      feeLovelace: `${FEE}`,
      lentLovelace: `${lent}`,
      changeLovelace: `${lovelace - FEE - lent}`,
    },
  });
  const people = await ops(opened, 'status');
  expect(people).toContain(`  wallet     ${sponsoring.walletAddress}`);
  expect(people).toMatch(/pool {7}free \d, reserved 0, on its way 1$/m);
  here.leap(700_000);
  await expect.poll(() => stateOf(opened, payment)).toBe('spent');
  const { networks } = JSON.parse(await ops(opened, 'status', '--json'));
  expect(networks[0].wallet.books).toMatchObject({
    spentFeeLovelace: `${FEE}`,
    spentLentLovelace: `${lent}`,
    poolCount: 1,
  });
  const metrics = await (await fetch(`http://127.0.0.1:${here.workers[0]?.healthPort}/metrics`)).text();
  const network = 'network="cardano:preview"';
  expect(metrics).toContain(`sponsorships_total{${network},outcome="signed"} 1`);
  expect(metrics).toContain(`sponsorships_closed_total{${network},outcome="spent"} 1`);
  expect(metrics).toContain(`sponsorship_lovelace_total{${network},kind="fee"} ${FEE}`);
  expect(metrics).toContain(`sponsorship_lovelace_total{${network},kind="lent"} ${lent}`);
  const { poolFeeLovelace } = present(await sponsoring.store.books());
  expect(metrics).toContain(`sponsorship_lovelace_total{${network},kind="pool"} ${poolFeeLovelace}`);
  expect(metrics).toMatch(new RegExp(`^wallet_pool_utxos\\{${network}\\} [34]$`, 'm'));
});

it('a worker that died between booking and sending loses nothing: the same signature, booked once', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  const payment = await sponsoring.pay();
  expect((await here.journal.claim(payment)).kind).toBe('claimed');
  const { minAdaLovelace: lentLovelace, id } = payment.sponsorship;
  const booked = { id, txHash: payment.txHash, feeLovelace: FEE, lentLovelace, limits: LIMITS };
  expect((await sponsoring.store.markSigned(booked)).kind).toBe('signed');
  await here.queue.enqueue({ network: payment.network, txHash: payment.txHash });
  await confirm(opened, payment);
  expect(present(await sponsoring.store.books())).toMatchObject({
    signedCount: 1,
    signedLovelace: FEE + lentLovelace,
  });
  expect(here.submissionsOf(payment)).toBe(1);
  await balances(opened);
});

it('after a rollback the same complete bytes are sent again, at no further cost', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  const payment = await sponsoring.settle();
  await confirm(opened, payment);
  const before = await here.journal.readSignedTransaction(payment.network, payment.txHash);
  here.devnet.ledger.rollback(2, 'vanish');
  here.forge(3);
  await expect.poll(() => here.submissionsOf(payment)).toBe(2);
  await confirm(opened, payment);
  expect(await here.journal.readSignedTransaction(payment.network, payment.txHash)).toEqual(before);
  expect(present(await sponsoring.store.books())).toMatchObject({ signedCount: 1 });
  await balances(opened);
});

it('two workers at once sign each payment once, each from its own output', async () => {
  const opened = await openSponsoring({ workers: 2, size: 12 });
  const { here, sponsoring } = opened;
  const payments: SponsoredPayment[] = [];
  for (let index = 0; index < 12; index += 1) payments.push(await sponsoring.pay());
  expect(new Set(payments.map(({ sponsorship }) => sponsorship.input)).size).toBe(12);
  await Promise.all(payments.map((payment) => here.settle(payment)));
  await Promise.all(payments.map((payment) => here.reaches(payment, 'submitted')));
  here.forge(2);
  await Promise.all(payments.map((payment) => here.reaches(payment, 'confirmed')));
  expect(present(await sponsoring.store.books())).toMatchObject({ signedCount: 12 });
  expect(payments.map(here.submissionsOf)).toEqual(payments.map(() => 1));
  await balances(opened);
});

it('a payment that its payer made impossible gives its output back, once it can no longer be sent', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  await here.workers[0]?.stop();
  here.leap(7_000);
  const payment = await sponsoring.pay();
  expect((await here.journal.claim(payment)).kind).toBe('claimed');
  // The node is away while the worker signs, so the bytes are complete but not sent.
  here.devnet.faults.add({ operation: 'POST /tx/submit', kind: 'status', status: 503 });
  await here.startWorker();
  await here.queue.enqueue({ network: payment.network, txHash: payment.txHash });
  await here.reaches(payment, 'ambiguous');
  expect(await stateOf(opened, payment)).toBe('signed');
  here.leap(400_000);
  here.forge();
  await here.reaches(payment, 'expired');
  await expect.poll(() => stateOf(opened, payment)).toBe('released');
  expect(present(await sponsoring.store.books())).toMatchObject({
    releasedCount: 1,
    outstandingLovelace: 0n,
  });
  await sponsoring.poolHolds(4);
});

it('an output that was bound and never claimed comes back after a minute', async () => {
  const opened = await openSponsoring();
  const payment = await opened.sponsoring.pay();
  await opened.sponsoring.poolHolds(3);
  opened.here.leap(61_000);
  await expect.poll(() => stateOf(opened, payment)).toBe('released');
  await opened.sponsoring.poolHolds(4);
});

it('a reservation that a failed request released while its retry was claimed is bound again, and signed', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  const payment = await sponsoring.pay();
  const { id } = payment.sponsorship;
  expect(await sponsoring.store.unbind({ id, txHash: payment.txHash })).toBe(true);
  await here.settle(payment);
  await confirm(opened, payment);
  expect(await stateOf(opened, payment)).toBe('signed');
  await balances(opened);
});

it('a reservation that was released and then used by another transaction is not signed twice', async () => {
  const { here, sponsoring } = await openSponsoring();
  const payment = await sponsoring.pay();
  const { id, input, payer } = payment.sponsorship;
  await sponsoring.store.unbind({ id, txHash: payment.txHash });
  const other = asTxHash('ab'.repeat(32));
  const expiresAtMs = payment.expiresAtMs;
  const taken = { id, txHash: other, payer, input, transactionExpiresAtMs: expiresAtMs };
  expect((await sponsoring.store.bind(taken)).kind).toBe('bound');
  await here.settle(payment);
  const { errorReason } = await here.reaches(payment, 'failed');
  expect(errorReason).toBe('invalid_exact_cardano_payload_sponsorship_used');
  expect(here.submissionsOf(payment)).toBe(0);
});

it('a worker without a wallet leaves the job to one that has it, and says so', async () => {
  const opened = await openSponsoring();
  const { here, sponsoring } = opened;
  const payment = await sponsoring.pay();
  await here.workers[0]?.stop();
  const { facilitator } = here.config.chain;
  Object.assign(here.config.chain, { facilitator: undefined });
  await here.startWorker();
  await here.settle(payment);
  await expect
    .poll(() => here.logs().filter(({ message }) => message === 'a sponsored payment waits'))
    .toContainEqual(
      expect.objectContaining({
        metadata: { why: 'this worker does not sponsor: another one has the wallet' },
      }),
    );
  expect((await here.read(payment.txHash)).state).toBe('queued');
  Object.assign(here.config.chain, { facilitator });
  // Both would take the job in turns, and the order is random.
  await here.workers[1]?.stop();
  await here.startWorker();
  await confirm(opened, payment);
  await balances(opened);
});
