import { post, type RunningApi, send, startApi } from '@x402-facilitator/api/testing';
import {
  type AssetId,
  type ChainOutput,
  createdOutputs,
  LOVELACE,
  type PaymentRequest,
} from '@x402-facilitator/cardano';
import {
  CHANNEL_TOKEN,
  CHANNEL_VALIDATOR,
  CONSUMER,
  channelRequestOf,
  channels,
  paymentOn,
  transactionOf,
  writtenChannel,
} from '@x402-facilitator/cardano/testing';
import { type Devnet, startDevnet } from '@x402-facilitator/devnet';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bank, DevnetWorld } from './support/devnet-world.js';

const SCRIPT = CHANNEL_VALIDATOR.reference.hash;
const P = 'invalid_batch_settlement_cardano';

let redis: RedisHandle;
let devnet: Devnet;
let bank: Bank;
let api: RunningApi;
let plain: RunningApi;

beforeAll(async () => {
  redis = await startRedis();
  devnet = await startDevnet({ blockMs: 0 });
  bank = new Bank(devnet);
  const settings = { redisUrl: redis.url, chainUrl: devnet.url };
  api = await startApi(settings, { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]) });
  plain = await startApi(settings);
});

afterAll(async () => {
  await api?.close();
  await plain?.close();
  await devnet?.close();
  await redis?.stop();
});

const ask = (path: string, request: PaymentRequest, at = api) =>
  post(`${at.url}${path}`, { x402Version: 2, ...request });

/** Puts a draft's transaction into a block. */
function put(draft: Parameters<typeof writtenChannel>[0]): readonly ChainOutput[] {
  const built = writtenChannel(draft);
  if (built === undefined) throw new Error('expected a transaction');
  const result = devnet.ledger.admit(built.bytes);
  if (result.kind !== 'accepted') throw new Error(`the devnet: ${JSON.stringify(result)}`);
  devnet.ledger.forge();
  return createdOutputs(transactionOf(built.bytes));
}

function first(outputs: readonly ChainOutput[]): ChainOutput {
  const [output] = outputs;
  if (output === undefined) throw new Error('expected an output');
  return output;
}

test('/supported lists channels, without extra, only where a validator is named', async () => {
  const { body } = await send(`${api.url}/supported`);
  expect(body.kinds).toEqual([
    expect.objectContaining({ scheme: 'exact' }),
    { x402Version: 2, scheme: 'batch-settlement', network: 'cardano:preview' },
  ]);
  const { body: without } = await send(`${plain.url}/supported`);
  expect(without.kinds).toEqual([expect.objectContaining({ scheme: 'exact' })]);
});

test('where no validator is named, a channel is of an unknown scheme', async () => {
  for (const draft of [channels.voucher, channels.opening, channels.claim].map((make) => make(LOVELACE))) {
    const { body } = await ask('/verify', channelRequestOf(draft), plain);
    expect(body).toMatchObject({ isValid: false, invalidReason: 'unsupported_scheme' });
    const { body: settled } = await ask('/settle', channelRequestOf(draft), plain);
    expect(settled).toMatchObject({
      success: false,
      errorReason: 'unsupported_scheme',
      transaction: '',
    });
  }
});

describe.each([LOVELACE, CHANNEL_TOKEN])('a channel of %s over HTTP', (currency: AssetId) => {
  const asset = currency === LOVELACE ? [] : [[currency, 100_000_000n] as const];
  const facts = () => ({
    parameters: devnet.ledger.parameters(),
    timeline: devnet.ledger.profile.timeline,
  });
  const pieces = () => ({
    source: bank.pay(CONSUMER, { lovelace: 100_000_000n, assets: asset }),
    collateral: bank.pay(CONSUMER, { lovelace: 8_000_000n }),
    ttl: devnet.ledger.currentSlot() + 300,
    facts: facts(),
  });
  const stateIn = ({ extra }: { readonly extra?: unknown }) => extra as Readonly<Record<string, unknown>>;
  let opened: ChainOutput;
  let wasAtFirst: ChainOutput;
  let tag: string;

  test('an opening is verified before it is on the ledger', async () => {
    const draft = channels.opening(currency, pieces());
    const request = channelRequestOf(draft);
    const { body } = await ask('/verify', request);
    expect(body).toMatchObject({
      isValid: true,
      payer: CONSUMER.keyHash,
      extra: { channelRef: '', totalClaimed: '0', withdrawRequestedAt: 0 },
    });
    tag = String(stateIn(body).channelId);
    opened = first(put(draft));
    const { body: again } = await ask('/verify', request);
    expect(again.isValid).toBe(true);
  });

  test('a voucher is judged against the channel that is found, and a made-up one against none', async () => {
    const draft = channels.voucher(currency, { channel: opened, tag });
    const { body } = await ask('/verify', channelRequestOf(draft));
    expect(body).toMatchObject({ isValid: true, extra: { channelId: tag, totalClaimed: '0' } });
    expect(stateIn(body).channelRef).toBe(`${opened.outRef.txHash}#${opened.outRef.index}`);
    const { body: unknown } = await ask('/verify', channelRequestOf(channels.voucher(currency)));
    expect(unknown).toMatchObject({ isValid: false, invalidReason: `${P}_channel_not_found` });
  });

  test('a voucher is refused by /settle: it settles at the seller', async () => {
    const draft = channels.voucher(currency, { channel: opened, tag });
    const { body } = await ask('/settle', channelRequestOf(draft));
    expect(body).toMatchObject({ success: false, errorReason: `${P}_payload_type` });
  });

  test('the position is followed through top-ups, three of them back, as soon as they count', async () => {
    const old = opened;
    wasAtFirst = opened;
    for (let count = 0; count < 3; count += 1) {
      const draft = channels.topUp(currency, { ...pieces(), channel: opened, tag });
      expect((await ask('/verify', channelRequestOf(draft))).body).toMatchObject({ isValid: true });
      opened = first(put(draft));
    }
    // More than the channel held before.
    const draft = channels.voucher(currency, { channel: old, tag, promised: 30_000_000n });
    const { body } = await ask('/verify', channelRequestOf(draft));
    expect(body).toMatchObject({ isValid: true });
    expect(stateIn(body).channelRef).toBe(`${opened.outRef.txHash}#${opened.outRef.index}`);
    const behind = channels.topUp(currency, { ...pieces(), channel: old, tag });
    expect((await ask('/verify', channelRequestOf(behind))).body).toMatchObject({
      isValid: false,
      invalidReason: `${P}_deposit_transaction`,
    });
  });

  test('Koios follows it too: it is asked which transaction spent each position', async () => {
    const onKoios = await startApi(
      { redisUrl: redis.url },
      {
        X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]),
        X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '0',
        X402_CHAIN__FALLBACKS: JSON.stringify([{ type: 'koios', url: devnet.koiosUrl }]),
      },
    );
    const draft = channels.voucher(currency, { channel: wasAtFirst, tag, promised: 30_000_000n });
    const { body } = await ask('/verify', channelRequestOf(draft), onKoios);
    await onKoios.close();
    expect(body).toMatchObject({ isValid: true });
    expect(stateIn(body).channelRef).toBe(`${opened.outRef.txHash}#${opened.outRef.index}`);
  });

  test('a provider that fails makes it no verdict', async () => {
    const { id } = devnet.faults.add({
      kind: 'status',
      status: 500,
      operation: `GET /txs/${opened.outRef.txHash}/utxos`,
      message: 'the provider timed out',
    });
    const request = channelRequestOf(channels.voucher(currency, { channel: opened, tag }));
    const late = await startApi(
      { redisUrl: redis.url, chainUrl: devnet.url },
      { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]), X402_CHAIN__CACHE__UTXO_TTL_SECONDS: '0' },
    );
    const { body } = await ask('/verify', request, late);
    await late.close();
    devnet.faults.remove(id);
    expect(body).toMatchObject({
      isValid: false,
      invalidReason: `${P}_verification_state_unavailable`,
      extra: { retryable: true },
    });
  });

  test('a refund of the whole is verified before the seller has signed it', async () => {
    const draft = channels.refund(currency, 0n, { ...pieces(), channel: opened, tag });
    const { body } = await ask('/verify', channelRequestOf(draft));
    expect(body).toMatchObject({ isValid: true, extra: { channelId: tag } });
  });
});

test('exact payments stay as they are beside channels', async () => {
  const unused = async () => {
    throw new Error('no other payment is settled here');
  };
  const others = { settle: unused, claimTerms: unused };
  const request = await paymentOn(new DevnetWorld({ devnet, bank, nowMs: Date.now(), others }));
  const { body } = await ask('/verify', request);
  expect(body).toMatchObject({ isValid: true });
  expect(body.extra).toBeUndefined();
});
