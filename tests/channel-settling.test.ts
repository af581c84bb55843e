import type { AssetId, PaymentRequest } from '@x402-facilitator/cardano';
import { LOVELACE, outRefKey } from '@x402-facilitator/cardano';
import { CHANNEL_FEE, CHANNEL_VALIDATOR, channels } from '@x402-facilitator/cardano/testing';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ChannelPurse, type OpenChannel, openChannelPurse } from './support/channel-purse.js';
import { type Answer, get, post } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const P = 'invalid_batch_settlement_cardano';
const { DEPOSIT, ADDED, PROMISED } = channels;
const SCRIPT = CHANNEL_VALIDATOR.reference.hash;

/** Blocks come only when a test forges one. No transaction has a TTL, as the binding's author's client writes them. */
const stack = useStack({
  blockMs: 0,
  apis: 2,
  paywall: false,
  settings: { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]) },
});

const ask = (path: string, request: PaymentRequest, headers: Readonly<Record<string, string>>, at: number) =>
  post(`${replica(stack().apis, at).url}${path}`, { x402Version: 2, ...request }, headers);
const verify = (request: PaymentRequest, at = 0) => ask('/verify', request, {}, at);
const begin = (request: PaymentRequest, at = 0) => ask('/settle', request, { prefer: 'respond-async' }, at);
const settle = (request: PaymentRequest, at = 0) => ask('/settle', request, { prefer: 'wait=20' }, at);

async function reached(transaction: string, state: string) {
  return waitUntil(
    async () => {
      const { body } = await get(`${replica(stack().apis, 1).url}/status/${transaction}`);
      return body.state === state && body;
    },
    { what: `${transaction} to be ${state}`, timeoutMs: 25_000 },
  );
}

/** Settles it with the two blocks that confirm it, and returns the success. */
async function land({ request, transaction }: Pick<Made, 'request' | 'transaction'>): Promise<Answer> {
  const { status, body } = await begin(request);
  expect([status, body]).toMatchObject([202, { errorReason: 'settlement_pending', transaction }]);
  await reached(transaction, 'submitted');
  await stack().control.forge(2);
  await reached(transaction, 'confirmed');
  return settle(request, 1);
}

/** What the workers show of channels, counts summed. */
async function shownOfChannels(asset: string) {
  const pages = await Promise.all(
    stack()
      .workers.filter(({ process }) => process.isRunning())
      .map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
  );
  const samples = (line: string) =>
    pages.flatMap((page) => page.split('\n').flatMap((it) => (it.startsWith(line) ? it.split(' ')[1] : [])));
  const sum = (line: string) => samples(line).reduce((total, value) => total + Number(value), 0);
  const { network } = stack();
  const ended = `{network="${network}",outcome="confirmed"}`;
  return {
    // Every worker shows the same.
    open: Number(samples(`x402_active_subscriptions{network="${network}"}`)[0]),
    locked: Number(samples(`x402_credit_balance{network="${network}",asset="${asset}"}`)[0]),
    deposits: sum(`channel_deposits_total${ended}`),
    claims: sum(`channel_claims_total${ended}`),
    closes: sum(`channel_closes_total${ended}`),
  };
}

type Made = Awaited<ReturnType<ChannelPurse['opening']>>;

describe.each(['lovelace', 'the token'])('settling channels of %s', (name) => {
  let purse: ChannelPurse;
  beforeAll(async () => {
    const currency = name === 'lovelace' ? LOVELACE : (stack().token as AssetId);
    purse = await openChannelPurse(stack(), currency);
  });

  async function opened(): Promise<OpenChannel> {
    const opening = await purse.opening();
    expect((await land(opening)).body).toMatchObject({ success: true });
    return opening.channel;
  }
  const refOf = ({ output }: OpenChannel) => outRefKey(output.outRef);

  test('an opening is sent as it was signed, and its success says where the channel is', async () => {
    const opening = await purse.opening();
    const { status, body } = await land(opening);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      transaction: opening.transaction,
      amount: `${DEPOSIT}`,
      extra: {
        status: 'confirmed',
        confirmations: 1,
        channelState: {
          channelId: opening.channel.tag,
          channelRef: refOf(opening.channel),
          balance: expect.stringMatching(/^[1-9]\d*$/),
          totalClaimed: '0',
          withdrawRequestedAt: 0,
        },
      },
    });
    const { body: status_ } = await get(`${replica(stack().apis).url}/status/${opening.transaction}`);
    expect(status_).toMatchObject({ status: 'confirmed', expiresAt: null });
    const receipt = await get(`${replica(stack().apis).url}/status/${opening.transaction}/receipt`);
    expect(receipt.status).toBe(404);
    expect(JSON.stringify(receipt.body)).toContain('no receipts for a channel’s deposit');
    // A resource hangs on it: it is had once.
    expect((await settle(opening.request)).body).toMatchObject({ errorReason: 'duplicate_settlement' });
  });

  test('a top-up is settled, and a repeat of the opening only waits: it is not judged against a channel that has moved', async () => {
    const opening = await purse.opening();
    await begin(opening.request);
    await reached(opening.transaction, 'submitted');
    await stack().control.forge(2);
    await reached(opening.transaction, 'confirmed');
    const topUp = await purse.topUp(opening.channel);
    const { body } = await land(topUp);
    expect(body).toMatchObject({
      success: true,
      amount: `${ADDED}`,
      extra: { channelState: { channelId: opening.channel.tag, channelRef: refOf(topUp.channel) } },
    });
    expect((await settle(opening.request)).body).toMatchObject({
      success: true,
      extra: { channelState: { channelRef: refOf(opening.channel) } },
    });
  });

  test('a claim redeems two channels, says where they are, and is answered again', async () => {
    const claim = await purse.claim([await opened(), await opened()]);
    const { body } = await land(claim);
    expect(body).toMatchObject({
      success: true,
      transaction: claim.transaction,
      extra: {
        claims: claim.channels.map((channel) => ({
          channelId: channel.tag,
          totalClaimed: `${PROMISED}`,
          channelRef: refOf(channel),
        })),
      },
    });
    expect(body).not.toHaveProperty('amount');
    expect((await settle(claim.request)).body).toEqual(body);
    const [first] = claim.channels;
    if (first === undefined) throw new Error('expected a channel');
    const { body: voucher } = await verify(purse.voucher(first, { promised: PROMISED + 1n }));
    expect(voucher).toMatchObject({ isValid: true, extra: { totalClaimed: `${PROMISED}` } });
  });

  test('what meets a pending claim is refused as retryable, on every replica and in any order', async () => {
    const channel = await opened();
    const claim = await purse.claim([channel]);
    const topUp = await purse.topUp(channel);
    const refund = await purse.refund(channel, 0n);
    await begin(claim.request, 0);
    await reached(claim.transaction, 'submitted');
    for (const at of [0, 1])
      for (const [path, name_] of [
        ['/verify', 'invalidReason'],
        ['/settle', 'errorReason'],
      ] as const) {
        const added = await ask(path, topUp.request, {}, at);
        expect(added.body).toMatchObject({ [name_]: `${P}_deposit_transaction`, extra: { retryable: true } });
        const ended = await ask(path, refund.request, {}, at);
        expect(ended.body).toMatchObject({ [name_]: `${P}_refund_transaction`, extra: { retryable: true } });
      }
    await stack().control.forge(2);
    await reached(claim.transaction, 'confirmed');
    // The client reads the channel again.
    const moved = claim.channels[0];
    if (moved === undefined) throw new Error('expected a channel');
    const again = await purse.topUp(moved, { promised: PROMISED + 1n });
    expect((await land(again)).body).toMatchObject({
      success: true,
      extra: { channelState: { totalClaimed: `${PROMISED}` } },
    });
  });

  test('a refund is settled with the seller’s signature only, and its success says what the buyer nets', async () => {
    const channel = await opened();
    const refund = await purse.refund(channel, 0n);
    expect((await verify(refund.unsigned)).body).toMatchObject({ isValid: true });
    expect((await settle(refund.unsigned)).body).toMatchObject({
      success: false,
      errorReason: `${P}_refund_transaction`,
      errorMessage: expect.stringContaining('providerWitness'),
      transaction: '',
    });
    const { body } = await land(refund);
    const { assets, lovelace: ada } = channel.output;
    const back = purse.currency === LOVELACE ? ada - CHANNEL_FEE : assets.get(purse.currency);
    expect(body).toMatchObject({
      success: true,
      amount: `${back}`,
      extra: { channelState: { channelId: channel.tag, channelRef: '', balance: '0', totalClaimed: '0' } },
    });
    expect((await settle(refund.request)).body).toEqual(body);
    // The buyer’s own copy is the same transaction: it joins, and needs no signature any more.
    expect((await settle(refund.unsigned)).body).toEqual(body);
    expect((await verify(purse.voucher(channel))).body).toMatchObject({
      invalidReason: `${P}_channel_not_found`,
    });
  });

  test('a refund after a claim owes what was promised since', async () => {
    const claim = await purse.claim([await opened()]);
    expect((await land(claim)).body).toMatchObject({ success: true });
    const [channel] = claim.channels;
    if (channel === undefined) throw new Error('expected a channel');
    const owed = purse.currency === LOVELACE ? 1_500_000n : 0n;
    const refund = await purse.refund(channel, PROMISED + owed, { subbed: PROMISED });
    expect((await land(refund)).body).toMatchObject({
      success: true,
      extra: { channelState: { totalClaimed: `${PROMISED + owed}` } },
    });
  });

  test('the workers’ metrics follow the channel from its opening to its end', async () => {
    const asset = purse.currency === LOVELACE ? 'ADA' : 'other';
    const unit = purse.currency === LOVELACE ? 1e6 : 1;
    const held = ({ output: { lovelace: ada, assets } }: OpenChannel) =>
      Number(purse.currency === LOVELACE ? ada : assets.get(purse.currency));
    const before = await shownOfChannels(asset);
    const since = async () => {
      const now = await shownOfChannels(asset);
      const grown = (name: keyof typeof now) => Math.round((now[name] - before[name]) * 1e6) / 1e6;
      return {
        ...{ open: grown('open'), locked: Math.round(grown('locked') * unit) },
        ...{ deposits: grown('deposits'), claims: grown('claims'), closes: grown('closes') },
      };
    };
    const channel = await opened();
    expect(await since()).toEqual({ open: 1, locked: held(channel), deposits: 1, claims: 0, closes: 0 });
    const topUp = await purse.topUp(channel);
    await land(topUp);
    expect(await since()).toMatchObject({ open: 1, locked: held(topUp.channel), deposits: 2 });
    const claim = await purse.claim([topUp.channel]);
    await land(claim);
    const [claimed] = claim.channels;
    if (claimed === undefined) throw new Error('expected a channel');
    expect(held(claimed)).toBe(held(topUp.channel) - Number(PROMISED));
    expect(await since()).toMatchObject({ open: 1, locked: held(claimed), claims: 1 });
    await land(await purse.refund(claimed, PROMISED, { subbed: PROMISED }));
    expect(await since()).toEqual({ open: 0, locked: 0, deposits: 2, claims: 1, closes: 1 });
  });

  test('a voucher is refused: it settles at the seller', async () => {
    const channel = await opened();
    expect((await settle(purse.voucher(channel))).body).toMatchObject({
      success: false,
      errorReason: `${P}_payload_type`,
      transaction: '',
    });
  });

  test('of two replicas that are asked for one deposit at once, one has the success', async () => {
    const opening = await purse.opening();
    const both = Promise.all([settle(opening.request, 0), settle(opening.request, 1)]);
    await reached(opening.transaction, 'submitted');
    await stack().control.forge(2);
    const outcomes = (await both).map(({ body }) => body.errorReason ?? 'success');
    expect(outcomes.sort()).toEqual(['duplicate_settlement', 'success']);
    expect(await stack().control.submission(opening.transaction)).toMatchObject({ submitted: 1, applied: 1 });
  });

  test('a rollback takes each kind back, and the same bytes bring it again', async () => {
    const opening = await purse.opening();
    const claim = await purse.claim([await opened()]);
    const refund = await purse.refund(await opened(), 0n);
    for (const { request, transaction } of [opening, claim, refund]) {
      await begin(request);
      await reached(transaction, 'submitted');
    }
    await stack().control.forge(2);
    for (const { transaction } of [opening, claim, refund]) await reached(transaction, 'confirmed');
    await stack().control.rollback(2, 'vanish');
    await stack().control.forge();
    for (const { transaction } of [opening, claim, refund])
      await waitUntil(async () => ((await stack().control.submission(transaction))?.submitted ?? 0) > 1, {
        what: `${transaction} to be sent again`,
      });
    await stack().control.forge(2);
    for (const { request, transaction } of [opening, claim, refund]) {
      await reached(transaction, 'confirmed');
      expect((await settle(request)).body).toMatchObject({ success: true, transaction });
    }
  });

  test('a worker that is killed before it sends loses nothing', async () => {
    const opening = await purse.opening();
    const claim = await purse.claim([await opened()]);
    const worker = replica(stack().workers, stack().workers.length - 1);
    worker.process.signal('SIGKILL');
    await worker.process.exited;
    await begin(opening.request);
    await begin(claim.request);
    await stack().startWorker();
    for (const { transaction } of [opening, claim]) await reached(transaction, 'submitted');
    await stack().control.forge(2);
    for (const { request, transaction } of [opening, claim]) {
      await reached(transaction, 'confirmed');
      expect((await settle(request)).body).toMatchObject({ success: true });
    }
  });

  test('an opening fails when another transaction has spent its source, so deep that it stays', async () => {
    const source = await purse.source();
    const opening = await purse.opening({ source });
    const rival = await purse.opening({ source, promised: 5n, ttl: 2_000_000_000 });
    expect(rival.transaction).not.toBe(opening.transaction);
    const removeFault = await stack().control.addFault({
      kind: 'drop-before',
      operation: 'POST /tx/submit',
      probability: 1,
      count: 1,
    });
    await begin(opening.request);
    await reached(opening.transaction, 'ambiguous');
    await removeFault();
    const { transaction: base64 } = rival.request.paymentPayload.payload.deposit as { transaction: string };
    const sent = await fetch(`${stack().devnet.url}/tx/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Buffer.from(base64, 'base64'),
    });
    expect(sent.status).toBe(200);
    await stack().control.forge(12);
    const failed = await reached(opening.transaction, 'failed');
    expect(failed).toMatchObject({
      errorReason: `${P}_transaction_failed`,
      proof: { kind: 'superseded', by: rival.transaction },
    });
    expect((await settle(opening.request)).body).toMatchObject({
      success: false,
      errorReason: `${P}_transaction_failed`,
      extra: { status: 'failed' },
    });
  });
});
