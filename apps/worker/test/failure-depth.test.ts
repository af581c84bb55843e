import {
  assembleWitness,
  decodeTransaction,
  LOVELACE,
  type OutRefKey,
  outRefKey,
  parseOutRef,
  slot,
} from '@x402-facilitator/cardano';
import { buildTransaction } from '@x402-facilitator/cardano/testing';
import { Payer, spendFromFailingScript } from '@x402-facilitator/devnet/testing';
import { present } from '@x402-facilitator/journal/testing';
import { describe, expect, it } from 'vitest';
import { openWallet } from '../src/wallet/index.js';
import { type Facilitator, NETWORK } from './support/facilitator.js';
import type { Payment } from './support/payments.js';
import { FEE, sponsoringConfig, sponsoringOn, WALLET } from './support/sponsored.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const config = { chain: { follower: { failureDepth: 3 } } };
const SUBMIT = 'POST /tx/submit';

/** Its bytes never reach a node from here. */
function loseSubmissions(here: Facilitator, count?: number): void {
  here.devnet.faults.add({
    kind: 'drop-before',
    operation: SUBMIT,
    probability: 1,
    ...(count === undefined ? {} : { count }),
  });
}

/** What the worker says of it, once it has looked at the newest block. */
async function saysOf(here: Facilitator, payment: Payment, words: RegExp) {
  await expect.poll(async () => (await here.read(payment.txHash)).lastProviderMessage).toMatch(words);
  return here.read(payment.txHash);
}

describe('a payment whose rival is in a block', () => {
  it('is not failed while a rollback could still undo that, and is paid when one does', async () => {
    const { here, payer } = await open({ config });
    loseSubmissions(here, 1);
    const payment = await payer.sign({ from: 0, requiredConfirmations: 1 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    const rival = await payer.sign({ from: 0, lovelace: 4_000_000n });
    here.devnet.ledger.submit(rival.signedTransaction);
    here.forge(3);
    here.leap(30_000);
    const waiting = await saysOf(here, payment, /a rollback could still undo that/);
    expect(waiting).toMatchObject({
      state: 'ambiguous',
      lastProviderMessage: expect.stringContaining(rival.txHash),
    });

    here.devnet.ledger.rollback(3, 'vanish');
    here.leap(30_000);
    await here.reaches(payment, 'submitted');
    here.forge(4);
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('fails once its rival is so deep', async () => {
    const { here, payer } = await open({ config });
    loseSubmissions(here, 1);
    const payment = await payer.sign({ from: 0 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    const rival = await payer.sign({ from: 0, lovelace: 4_000_000n });
    here.devnet.ledger.submit(rival.signedTransaction);
    here.forge();
    const { hash, height } = here.devnet.ledger.chain.tip;
    here.forge(3);
    here.leap(30_000);
    expect((await here.reaches(payment, 'failed')).proof).toMatchObject({
      kind: 'superseded',
      by: rival.txHash,
      block: { hash, height },
    });
  });
});

describe('a payment whose TTL has passed', () => {
  it('is not expired while a rollback could lead back before its TTL, and is paid when one does', async () => {
    const { here, payer } = await open({ config });
    loseSubmissions(here);
    const payment = await payer.sign({ validForMs: 120_000 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    here.leap(160_000);
    here.forge(3);
    await followed(here);
    expect((await here.read(payment.txHash)).state).toBe('ambiguous');

    // Another node’s chain has a block of earlier slots.
    here.devnet.ledger.rollback(3, 'vanish');
    here.devnet.ledger.setClockOffset(-160_000);
    expect(here.devnet.ledger.submit(payment.signedTransaction).kind).toBe('accepted');
    here.forge(4);
    expect(await here.reaches(payment, 'confirmed')).not.toHaveProperty('errorReason');
  });

  it('expires once the chain is so deep past it', async () => {
    const { here, payer } = await open({ config });
    loseSubmissions(here);
    const payment = await payer.sign({ validForMs: 120_000 });
    await here.settle(payment);
    await here.reaches(payment, 'ambiguous');
    here.leap(160_000);
    here.forge(4);
    expect((await here.reaches(payment, 'expired')).proof).toMatchObject({
      kind: 'ttl-passed',
      tip: { hash: here.devnet.ledger.chain.tip.hash },
    });
  });
});

describe('a payment whose scripts failed in a block', () => {
  it('is not failed while a rollback could undo that, and fails once its block is so deep', async () => {
    const { here } = await open({ config });
    const payment = claimOf(here);
    expect(here.devnet.ledger.submit(payment.signedTransaction).kind).toBe('accepted');
    await here.settle(payment);
    await here.reaches(payment, 'submitted');
    here.forge(3);
    await followed(here);
    expect((await here.read(payment.txHash)).state).toBe('submitted');

    here.devnet.ledger.rollback(3, 'vanish');
    here.forge(3);
    await followed(here);
    here.leap(120_000);
    await expect.poll(() => here.submissionsOf(payment)).toBeGreaterThan(2);
    here.forge();
    const { hash, height } = here.devnet.ledger.chain.tip;
    here.forge(3);
    here.leap(120_000);
    expect(await here.reaches(payment, 'failed')).toMatchObject({
      errorReason: 'invalid_exact_cardano_payload_phase2_invalid',
      proof: { kind: 'script-failure', block: { hash, height } },
    });
  });
});

describe('a lent output that something else of the wallet spent, after its payment expired', () => {
  /** The payment has expired, and the rival has one block on top. */
  async function spendLentOutput() {
    const sponsored = sponsoringConfig();
    const { here } = await open({ config: { ...sponsored, chain: { ...sponsored.chain, ...config.chain } } });
    const sponsoring = await sponsoringOn(here);
    sponsoring.fundWallet(100_000_000n);
    await sponsoring.poolHolds(4);
    loseSubmissions(here);
    const payment = await sponsoring.settle();
    await here.reaches(payment, 'ambiguous');
    const stateOf = async () => present(await sponsoring.store.read(payment.sponsorship.id)).state;
    expect(await stateOf()).toBe('signed');

    const { privateKey } = WALLET;
    const wallet = await openWallet({
      network: NETWORK,
      secret: { kind: 'privateKey', privateKey },
      blockfrost: { url: here.devnet.url },
    });
    const { lovelace, input } = payment.sponsorship;
    const lent = parseOutRef(input);
    if (lent === undefined) throw new Error(`expected an output, found ${input}`);
    const { id, bytes } = buildTransaction({
      inputs: [lent],
      outputs: [{ address: wallet.parsedAddress.bytes, lovelace: lovelace - FEE }],
      fee: FEE,
    });
    const signature = wallet.sign(Buffer.from(id, 'hex'));
    here.leap(400_000);
    here.forge(2);
    expect(here.devnet.ledger.submit(assembleWitness(bytes, wallet.publicKey, signature)).kind).toBe(
      'accepted',
    );
    here.forge(2);
    await here.reaches(payment, 'expired');
    await followed(here);
    expect(await stateOf()).toBe('signed');
    return { here, sponsoring, stateOf };
  }

  it('is lost once that is so deep', async () => {
    const { here, sponsoring, stateOf } = await spendLentOutput();
    here.forge(2);
    await expect.poll(stateOf).toBe('lost');
    expect(present(await sponsoring.store.books())).toMatchObject({ lostCount: 1, releasedCount: 0 });
  });

  it('comes back when a rollback undoes that before', async () => {
    const { here, sponsoring, stateOf } = await spendLentOutput();
    here.devnet.ledger.rollback(2, 'vanish');
    here.forge();
    await expect.poll(stateOf).toBe('released');
    expect(present(await sponsoring.store.books())).toMatchObject({ lostCount: 0, releasedCount: 1 });
  });
});

/** Waits until the follower stands at the newest block, and has looked once more. */
async function followed(here: Facilitator): Promise<void> {
  await expect
    .poll(async () => JSON.parse((await here.redis.get('{x402}:journal:preview:chain')) ?? '[]').at(-1)?.hash)
    .toBe(here.devnet.ledger.chain.tip.hash);
  here.devnet.requests.clear();
  await expect
    .poll(() => here.devnet.requests.snapshot().operations['GET /blocks/latest'] ?? 0)
    .toBeGreaterThan(2);
}

/** A payment that a node takes only for its collateral. */
function claimOf({ devnet }: Facilitator): Payment {
  const payer = new Payer();
  const { id, bytes } = spendFromFailingScript(devnet, payer, false);
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  const ttl = devnet.ledger.currentSlot() + 1_800;
  return {
    network: NETWORK,
    txHash: id,
    binding: 'binding',
    payer: payer.address,
    payTo: payer.address,
    asset: LOVELACE,
    amount: 2_000_000n,
    requiredConfirmations: 1,
    inputs: decoded.value.inputs.map((input): OutRefKey => outRefKey(input)),
    ttl: slot(ttl),
    expiresAtMs: Date.now() + 1_800_000,
    signedTransaction: bytes,
    method: 'default',
    hasScripts: true,
  };
}
