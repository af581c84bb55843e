import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type AssetId,
  decodeTransaction,
  LOVELACE,
  outRefKey,
  slot,
  type TxHash,
} from '@x402-facilitator/cardano';
import { buildClose, validatorOf } from '@x402-facilitator/cardano/channels';
import { assembleWitness, type ChainOutput, fromHex, timelineOf } from '@x402-facilitator/cardano/ledger';
import { CHANNEL_VALIDATOR, CONSUMER, channels, PROVIDER } from '@x402-facilitator/cardano/testing';
import { blockfrost } from '@x402-facilitator/client';
import type { ChannelConfig, ChannelStore } from '@x402-facilitator/server/channels';
import { openRedisChannelStore } from '@x402-facilitator/server/redis';
import { startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { ROOT } from '@x402-facilitator/tools/stack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { channelManager, type ManagerPlaces } from './support/channel-manager.js';
import { type ChannelPurse, type OpenChannel, openChannelPurse } from './support/channel-purse.js';
import { get, post } from './support/facilitator.js';
import { replica, useStack } from './support/use-stack.js';

const SCRIPT = CHANNEL_VALIDATOR.reference.hash;
const { PROMISED } = channels;

/** Blocks come only when a test forges one. */
const stack = useStack({
  blockMs: 0,
  paywall: false,
  settings: { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]) },
});
let sellers: RedisHandle;
let redis: Redis;
let store: ChannelStore;
let purse: ChannelPurse;

beforeAll(async () => {
  sellers = await startRedis({ persistence: 'always' });
  redis = new Redis(sellers.url);
  store = await openRedisChannelStore(redis);
  purse = await openChannelPurse(stack(), LOVELACE);
});

afterAll(async () => {
  redis?.disconnect();
  await sellers?.stop();
});

const places = () => ({ chainUrl: stack().devnet.url, facilitatorUrl: replica(stack().apis).url });
const fund = (lovelace: bigint) => stack().control.fund({ address: PROVIDER.address(0), lovelace });
const chain = () => blockfrost(stack().network, { url: stack().devnet.url });
const recordOf = async ({ tag }: OpenChannel) => {
  const record = await store.read(tag);
  if (record === undefined) throw new Error(`expected a record of ${tag}`);
  return record;
};

async function reached(txHash: string, state: string) {
  await waitUntil(
    async () => (await get(`${places().facilitatorUrl}/status/${txHash}`)).body.state === state,
    {
      what: `${txHash} to be ${state}`,
      timeoutMs: 25_000,
    },
  );
}

/** Puts a transaction straight onto the ledger. */
async function send(bytes: Uint8Array): Promise<void> {
  const sent = await fetch(`${stack().devnet.url}/tx/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: Buffer.from(bytes),
  });
  expect(sent.status, await sent.text()).toBe(200);
  await stack().control.forge();
}

/** A channel on the ledger, whose buyer has promised and was served. */
async function charged(amount = PROMISED, signature?: string, from = purse): Promise<OpenChannel> {
  const { channel, request } = await from.opening();
  const { deposit } = request.paymentPayload.payload as {
    readonly deposit: { readonly transaction: string };
  };
  await send(Buffer.from(deposit.transaction, 'base64'));
  await charge(channel, amount, 0n, signature, from);
  return channel;
}

async function charge(
  channel: OpenChannel,
  amount: bigint,
  base: bigint,
  signature?: string,
  from = purse,
): Promise<void> {
  const request = from.voucher(channel, { promised: amount });
  const { channelConfig, voucher } = request.paymentPayload.payload as {
    readonly channelConfig: ChannelConfig;
    readonly voucher: { readonly signature: string };
  };
  const { body } = await post(`${places().facilitatorUrl}/verify`, { x402Version: 2, ...request });
  expect(body).toMatchObject({ isValid: true });
  const said = body.extra as Record<'channelRef' | 'balance' | 'totalClaimed', string>;
  const view = {
    channelRef: said.channelRef,
    balance: BigInt(said.balance),
    totalClaimed: BigInt(said.totalClaimed),
    withdrawRequestedAt: 0,
  };
  const holder = randomUUID();
  const reserved = await store.reserve({
    channel: { channelId: channel.tag, network: stack().network, scriptHash: SCRIPT, config: channelConfig },
    iou: { amount, signature: signature ?? voucher.signature },
    base,
    holder,
    leaseMs: 30_000,
    freshForMs: 30_000,
    view,
  });
  expect(reserved.kind).toBe('reserved');
  const committed = await store.commit({ channelId: channel.tag, holder, charged: amount });
  expect(committed.kind).toBe('committed');
}

/** Runs a round and forges once its claim is in the mempool. */
async function roundWithBlocks(manager: ReturnType<typeof channelManager>['manager'], blocks = 2) {
  const before = new Set((await stack().control.submissions()).map(({ txHash }) => txHash));
  const round = manager.run();
  const txHash = await waitUntil(
    async () => (await stack().control.submissions()).find((each) => !before.has(each.txHash))?.txHash,
    { what: 'a claim to be sent', timeoutMs: 25_000 },
  );
  await reached(txHash, 'submitted');
  await stack().control.forge(blocks);
  await round;
  return txHash;
}

test('claims three channels in one transaction, and the store says so', async () => {
  await fund(50_000_000n);
  await fund(8_000_000n);
  const open = [await charged(), await charged(), await charged(900_000n)];
  const { manager, events } = channelManager(store, places());
  const txHash = await roundWithBlocks(manager);
  expect(events).toEqual([
    { kind: 'claimed', txHash, channels: expect.arrayContaining(open.map(({ tag }) => tag)) },
  ]);
  for (const channel of open) {
    const record = await recordOf(channel);
    expect(record.totalClaimed).toBe(record.charged);
    expect(record.channelRef.startsWith(txHash)).toBe(true);
  }
  expect(manager.metrics()).toMatchObject({
    x402_active_subscriptions: 3,
    channel_deposits_total: 3,
    channel_claims_total: { confirmed: 1, refused: 0, failed: 0, unavailable: 0 },
    channel_closes_total: 0,
    channel_unsettled_late: 0,
  });
  const locked = (await Promise.all(open.map(recordOf))).reduce(
    (sum, r) => sum + r.balance - r.totalClaimed,
    0n,
  );
  expect(manager.metrics().x402_credit_balance).toEqual({ [LOVELACE]: locked });
  // Nothing is owed any more: another round sends nothing.
  const sent = (await stack().control.submissions()).length;
  await manager.run();
  expect((await stack().control.submissions()).length).toBe(sent);
});

test('claims tokens and ADA together, and its own address gives the tokens their ADA', async () => {
  const token = stack().token as AssetId;
  const ofToken = await openChannelPurse(stack(), token);
  const open = [await charged(), await charged(PROMISED, undefined, ofToken)];
  const { manager, events } = channelManager(store, places());
  const txHash = await roundWithBlocks(manager);
  expect(events).toMatchObject([{ kind: 'claimed', txHash, channels: { length: 2 } }]);
  for (const channel of open) expect((await recordOf(channel)).totalClaimed).toBe(PROMISED);
  const [first] = open;
  if (first === undefined) throw new Error('expected a channel');
  const { receiver } = (await recordOf(first)).config;
  const paid = (await chain().unspentOutputs(receiver)).filter(({ outRef }) => outRef.txHash === txHash);
  expect(paid.find(({ assets }) => assets.size === 0)?.lovelace).toBe(PROMISED);
  expect(paid.find(({ assets }) => assets.size === 1)?.assets).toEqual(new Map([[token, PROMISED]]));
});

test('waits with what is below min-UTxO, until the channel is closed: then it settles at once', async () => {
  const channel = await charged(200_000n);
  const { manager, events } = channelManager(store, places());
  await manager.run();
  expect(events).toEqual([]);
  expect((await recordOf(channel)).totalClaimed).toBe(0n);
  await send(await closing(channel.output));
  const txHash = await roundWithBlocks(manager);
  expect(events).toMatchObject([{ kind: 'claimed', txHash, channels: [channel.tag] }]);
  const record = await recordOf(channel);
  expect(record).toMatchObject({ totalClaimed: 200_000n, balance: 200_000n });
  expect(record.withdrawRequestedAt).toBeGreaterThan(0);
  expect(manager.metrics()).toMatchObject({ channel_closes_total: 1, channel_unsettled_late: 0 });
  // A settled channel says no sum itself; a new manager reads it out of the steps.
  const next = channelManager(store, places());
  await next.manager.run();
  expect(next.events).toEqual([]);
  expect(await recordOf(channel)).toMatchObject({ totalClaimed: 200_000n, balance: 200_000n });
});

test('waits with what is below min-UTxO until more is owed', async () => {
  const channel = await charged(200_000n);
  const { manager, events } = channelManager(store, places());
  await manager.run();
  expect(events).toEqual([]);
  await charge(channel, PROMISED, 200_000n);
  const txHash = await roundWithBlocks(manager);
  expect(events).toEqual([{ kind: 'claimed', txHash, channels: [channel.tag] }]);
  expect(await recordOf(channel)).toMatchObject({ totalClaimed: PROMISED, charged: PROMISED });
});

test('adds to what is below min-UTxO from its own, where it is told to', async () => {
  const channel = await charged(200_000n);
  const own = async () =>
    (await chain().unspentOutputs(PROVIDER.address(0))).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  const before = await own();
  const { manager, events } = channelManager(store, { ...places(), rules: { belowMinimum: 'add' } });
  const txHash = await roundWithBlocks(manager);
  expect(events).toEqual([{ kind: 'claimed', txHash, channels: [channel.tag] }]);
  const record = await recordOf(channel);
  expect(record).toMatchObject({ totalClaimed: 200_000n, charged: 200_000n });
  const [paid] = (await chain().unspentOutputs(record.config.receiver)).filter(
    ({ outRef }) => outRef.txHash === txHash,
  );
  const added = (paid?.lovelace ?? 0n) - 200_000n;
  expect(added).toBeGreaterThan(0n);
  const included = await chain().transaction(txHash as TxHash);
  const claim = included && decodeTransaction(included.bytes);
  if (claim?.ok !== true) throw new Error('expected the claim on the ledger');
  expect(before - (await own())).toBe(added + claim.value.fee);
});

test('a facilitator that calls a claim confirmed is not believed against the ledger', async () => {
  const channel = await charged();
  const facilitator: ManagerPlaces['facilitator'] = {
    settle: async () => ({ success: true, transaction: 'ab'.repeat(32), network: stack().network }),
  };
  const rules = { validForSeconds: 1 };
  const { manager, events } = channelManager(store, { ...places(), facilitator, rules });
  await manager.run();
  expect(events).toEqual([]);
  expect((await recordOf(channel)).totalClaimed).toBe(0n);
  // It may still come, so it is asked about, and nothing else is sent, until its TTL has passed.
  await waitUntil(
    async () => {
      await stack().control.forge();
      await manager.run();
      return events.length > 0;
    },
    { what: 'the claim to be given up', timeoutMs: 25_000 },
  );
  expect(events[0]).toMatchObject({
    kind: 'failed',
    channels: [channel.tag],
    message: expect.stringContaining("it is not on the ledger of the seller's provider"),
  });
  expect((await recordOf(channel)).totalClaimed).toBe(0n);
  const honest = channelManager(store, places());
  const txHash = await roundWithBlocks(honest.manager);
  expect(honest.events).toEqual([{ kind: 'claimed', txHash, channels: [channel.tag] }]);
});

test('a record whose promise does not hold is left, and the others are claimed', async () => {
  const broken = await charged(3_000_000n, '00'.repeat(64));
  const good = await charged();
  const { manager, events } = channelManager(store, places());
  const txHash = await roundWithBlocks(manager);
  expect(events).toHaveLength(2);
  expect(events).toEqual(
    expect.arrayContaining([
      { kind: 'claimed', txHash, channels: [good.tag] },
      {
        kind: 'failed',
        channels: [broken.tag],
        message: expect.stringContaining('expected the signature of an IOU for 3000000'),
      },
    ]),
  );
  await store.remove(broken.tag, 3_000_000n);
});

test('leaves a channel to the refund that its seller has signed, until that can no longer be included', async () => {
  const [ending, open] = [await charged(), await charged()];
  const signRefund = async (channel: OpenChannel, untilMs: number) => {
    const record = await recordOf(channel);
    const holder = randomUUID();
    if (record.iou === undefined) throw new Error('expected a promise');
    const asked = { channel: record, iou: record.iou, base: record.charged, holder, view: record };
    const reserved = await store.reserve({ ...asked, leaseMs: 30_000, freshForMs: 0, isRefund: true });
    expect(reserved.kind).toBe('reserved');
    const refund = { txHash: randomBytes(32).toString('hex'), channelRef: record.channelRef, untilMs };
    expect(await store.end(channel.tag, holder, refund)).toBe(true);
  };
  await signRefund(ending, Date.now() + 3_600_000);
  await signRefund(open, Date.now() - 1);
  const { manager, events } = channelManager(store, places());
  const txHash = await roundWithBlocks(manager);
  expect(events).toEqual([{ kind: 'claimed', txHash, channels: [open.tag] }]);
  expect((await recordOf(ending)).totalClaimed).toBe(0n);
});

test('claims before its interval only once a threshold is owed', async () => {
  const rules = { intervalMs: 3_600_000, thresholds: { [LOVELACE]: 2_500_000n } };
  const { manager, events } = channelManager(store, { ...places(), rules });
  await manager.run();
  const channel = await charged();
  await manager.run();
  expect(events).toEqual([]);
  expect((await recordOf(channel)).totalClaimed).toBe(0n);
  await charge(channel, 2_500_000n, PROMISED);
  await roundWithBlocks(manager);
  expect((await recordOf(channel)).totalClaimed).toBe(2_500_000n);
});

test('started and stopped, it claims by itself', async () => {
  const channel = await charged();
  const { manager } = channelManager(store, places());
  const before = (await stack().control.submissions()).length;
  manager.start();
  await waitUntil(async () => (await stack().control.submissions()).length > before, {
    what: 'a claim to be sent',
    timeoutMs: 25_000,
  });
  await stack().control.forge(2);
  await waitUntil(async () => (await recordOf(channel)).totalClaimed === PROMISED, {
    what: 'the claim to be written down',
    timeoutMs: 25_000,
  });
  await manager.stop();
});

test('a top-up between read and claim costs a round, not the claim', async () => {
  const channel = await charged();
  const topUp = await purse.topUp(channel);
  const { deposit } = topUp.request.paymentPayload.payload as {
    readonly deposit: { readonly transaction: string };
  };
  let isMoved = false;
  // The interval is long: a claim that was refused does not wait for it.
  const rules = { intervalMs: 3_600_000 };
  const { manager, events } = channelManager(store, { ...places(), rules }, async () => {
    if (!isMoved) await send(Buffer.from(deposit.transaction, 'base64'));
    isMoved = true;
  });
  await manager.run();
  expect(events).toMatchObject([{ kind: 'failed', channels: [channel.tag] }]);
  expect((await recordOf(channel)).totalClaimed).toBe(0n);
  const txHash = await roundWithBlocks(manager);
  expect(events.slice(1)).toEqual([{ kind: 'claimed', txHash, channels: [channel.tag] }]);
  const record = await recordOf(channel);
  expect(record.totalClaimed).toBe(PROMISED);
  expect(record.channelRef.startsWith(txHash)).toBe(true);
  expect(manager.metrics()).toMatchObject({
    channel_deposits_total: 2,
    channel_claims_total: { confirmed: 1, refused: 1 },
  });
});

test('a rollback of its block puts the record back, and the same claim comes again', async () => {
  const channel = await charged();
  const { manager } = channelManager(store, places());
  const txHash = await roundWithBlocks(manager);
  expect((await recordOf(channel)).totalClaimed).toBe(PROMISED);
  await stack().control.rollback(2, 'vanish');
  await stack().control.forge();
  const next = channelManager(store, { ...places(), settleWithinMs: 2_000 });
  await next.manager.run();
  expect(await recordOf(channel)).toMatchObject({ totalClaimed: 0n, charged: PROMISED });
  expect((await recordOf(channel)).channelRef).toBe(outRefKey(channel.output.outRef));
  await waitUntil(async () => ((await stack().control.submission(txHash))?.submitted ?? 0) > 1, {
    what: 'the claim to be sent again',
  });
  await stack().control.forge(2);
  await reached(txHash, 'confirmed');
  await next.manager.run();
  const record = await recordOf(channel);
  expect(record.totalClaimed).toBe(PROMISED);
  expect(record.channelRef.startsWith(txHash)).toBe(true);
});

test('a manager that dies between sending and recording: the next one finds the claim, and sends no other', async () => {
  const channel = await charged();
  const before = new Set((await stack().control.submissions()).map(({ txHash }) => txHash));
  const fresh = async () => (await stack().control.submissions()).filter((each) => !before.has(each.txHash));
  const { chainUrl, facilitatorUrl } = places();
  const dying = await startProcess({
    name: 'channel-manager',
    command: process.execPath,
    args: [
      ...['--conditions=source', '--import', 'tsx'],
      ...[join(ROOT, 'tests/channel-manager/main.ts'), sellers.url, chainUrl, facilitatorUrl],
    ],
    cwd: ROOT,
  });
  const txHash = await waitUntil(async () => (await fresh())[0]?.txHash, {
    what: 'the claim to be sent',
  });
  await reached(txHash, 'submitted');
  dying.signal('SIGKILL');
  await dying.exited;
  // One more request makes the next claim another transaction; without it, the same bytes would join the first.
  await charge(channel, PROMISED + 100_000n, PROMISED);
  const { manager, events } = channelManager(store, { ...places(), settleWithinMs: 2_000 });
  // Not in a block yet: what it builds meets the claim that is on its way.
  await manager.run();
  expect(events).toMatchObject([{ kind: 'failed', channels: [channel.tag] }]);
  expect((await recordOf(channel)).totalClaimed).toBe(0n);
  await stack().control.forge(2);
  await reached(txHash, 'confirmed');
  await manager.run();
  const record = await recordOf(channel);
  expect(record.totalClaimed).toBe(PROMISED);
  expect(record.channelRef.startsWith(txHash)).toBe(true);
  expect(await fresh()).toMatchObject([{ txHash, applied: 1 }]);
});

/** The buyer's own Close of a channel, signed. */
async function closing(channel: ChainOutput): Promise<Uint8Array> {
  const [source, collateral] = [await purse.source(), await purse.source()];
  const reader = chain();
  const parameters = await reader.ledgerParameters?.();
  if (parameters === undefined) throw new Error('expected the protocol parameters');
  const close = buildClose({
    network: stack().network,
    facts: { parameters, timeline: timelineOf(stack().network) },
    funding: [source],
    collateral: [collateral],
    changeAddress: CONSUMER.address(0),
    validator: { kind: 'witness', script: validatorOf(CHANNEL_VALIDATOR.bytes) },
    channel,
    ttl: slot((await reader.tip()).slot + 300),
  });
  if (!close.ok) throw new Error(JSON.stringify(close.error));
  const signature = CONSUMER.sign(fromHex(close.value.id) ?? new Uint8Array());
  return assembleWitness(close.value.bytes, CONSUMER.publicKey, signature);
}
