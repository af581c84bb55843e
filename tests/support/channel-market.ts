import { x402Client } from '@x402/core/client';
import { decodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentRequirements } from '@x402/core/types';
import { wrapFetchWithPayment } from '@x402/fetch';
import {
  type AssetId,
  assembleWitness,
  type ChainOutput,
  createdOutputs,
  decodeTransaction,
  LOVELACE,
  outRefKey,
  type TxHash,
} from '@x402-facilitator/cardano';
import { buildClaim } from '@x402-facilitator/cardano/channels';
import { CHANNEL_VALIDATOR, cbor, walletOf } from '@x402-facilitator/cardano/testing';
import { createBlockfrostProvider } from '@x402-facilitator/chain';
import { blockfrost, newSeedPhrase, openWallet } from '@x402-facilitator/client';
import { BatchSettlementCardanoClient, memoryChannelStore } from '@x402-facilitator/client/channels';
import { CardanoFacilitatorClient } from '@x402-facilitator/server';
import type { RefundKeys } from '@x402-facilitator/server/channels';
import { startFaultProxy } from '@x402-facilitator/server/testing';
import { type RedisHandle, startRedis } from '@x402-facilitator/tools/redis';
import { publishValidator, type Stack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, expect } from 'vitest';
import { type ShopOptions, startChannelShop } from './channel-shop.js';
import { replica, useStack } from './use-stack.js';

export const SCRIPT = CHANNEL_VALIDATOR.reference.hash;
export const PROVIDER = walletOf('channel provider');
export const PRICE = 1000n;
export const PER_DEPOSIT = 25;

const chainOf = ({ network, devnet }: Stack) => blockfrost(network, { url: devnet.url });

/** An output of a transaction on the devnet. */
async function outputAt(stack: Stack, ref: string): Promise<ChainOutput> {
  const [txHash = '', index] = ref.split('#');
  const included = await chainOf(stack).transaction(txHash as TxHash);
  const output = included && createdOutputs(decoded(included.bytes))[Number(index)];
  if (output === undefined) throw new Error(`expected the output ${ref}, found none`);
  return output;
}

/** The seller redeems all that it charged, as far as the store knows. */
export async function redeem({
  stack,
  shop,
  facilitator,
  currency,
  published,
  record,
}: Market): Promise<bigint> {
  const { id } = await record();
  const kept = await shop.store.read(id);
  if (kept?.iou === undefined) throw new Error('expected a promise in the store, found none');
  const address = PROVIDER.address(0);
  await stack.control.fund({ address, lovelace: 20_000_000n });
  const [funds] = (await chainOf(stack).unspentOutputs(address)).map(({ outRef }) => outRefKey(outRef));
  const own = await outputAt(stack, funds ?? '');
  const provider = createBlockfrostProvider({ network: stack.network, url: stack.devnet.url });
  const claim = buildClaim({
    network: stack.network,
    facts: { parameters: await provider.getProtocolParameters(), timeline: await provider.getTimeline() },
    funding: [own],
    collateral: [own],
    changeAddress: address,
    validator: { kind: 'reference', output: await outputAt(stack, published) },
    channels: [{ channel: await outputAt(stack, kept.channelRef), iou: kept.iou, total: kept.charged }],
    payTo: stack.payTo,
    belowMinimum: 'add',
  });
  if (!claim.ok) throw new Error(JSON.stringify(claim.error));
  const { bytes, id: txHash } = claim.value;
  const signed = assembleWitness(bytes, PROVIDER.publicKey, PROVIDER.sign(cbor.hex(txHash)));
  const claims = [{ channelId: id, totalClaimed: `${kept.charged}` }];
  const requirements: PaymentRequirements = {
    scheme: 'batch-settlement',
    network: stack.network,
    asset: currency,
    amount: '0',
    payTo: stack.payTo,
    maxTimeoutSeconds: 0,
    extra: {},
  };
  const payload = { type: 'claim', transaction: Buffer.from(signed).toString('base64'), claims };
  const settled = await facilitator.settle({ x402Version: 2, accepted: requirements, payload }, requirements);
  expect(settled).toMatchObject({ success: true, transaction: txHash });
  return kept.charged;
}

type Shown = {
  readonly url: string;
  readonly header: string;
  readonly status: number;
  readonly paid: ReturnType<typeof paidIn>;
};

export function paidIn({ headers }: Response) {
  const text = headers.get('payment-response');
  return text === null ? undefined : decodePaymentResponseHeader(text);
}

export type Market = Awaited<ReturnType<typeof openMarket>>;

/** What a market is opened with. */
type MarketOptions = {
  readonly stack: Stack;
  readonly redisUrl: string;
  /** An output that carries the validator. */
  readonly published: string;
  readonly currency: AssetId;
  readonly price?: bigint;
  /** The seller’s key; without it the shop signs no refunds. */
  readonly keys?: RefundKeys | undefined;
  readonly selling?: () => Promise<void>;
  /** The devnet’s clock, POSIX milliseconds. */
  readonly now?: () => number;
};

/** A stack that serves channels, with the validator on its devnet and a Redis for shops. */
export function useMarkets() {
  const stack = useStack({
    paywall: false,
    settings: { X402_BATCH_SETTLEMENT__SCRIPTS: JSON.stringify([SCRIPT]) },
  });
  let redis: RedisHandle;
  let published: string;
  beforeAll(async () => {
    redis = await startRedis({ exclusive: true, persistence: 'always' });
    published = await publishValidator(stack(), CHANNEL_VALIDATOR.bytes);
  }, 60_000);
  afterAll(() => redis?.stop());
  const open = (options: Omit<MarketOptions, 'stack' | 'redisUrl' | 'published'>) =>
    openMarket({ stack: stack(), redisUrl: redis.url, published, ...options });
  return { stack, open };
}

/** A shop, and a buyer with a wallet of its own on the stack's devnet. */
async function openMarket(options: MarketOptions) {
  const { stack, redisUrl, published, currency, price = PRICE, keys, selling, now = Date.now } = options;
  const toFacilitator = await startFaultProxy(replica(stack.apis).url);
  const facilitator = new CardanoFacilitatorClient({
    url: toFacilitator.url,
    settleWithinMs: 5_000,
    timeoutMs: 3_000,
  });
  const terms: ShopOptions = {
    facilitator,
    keys,
    selling,
    redisUrl,
    scriptHash: SCRIPT,
    receiverAuthorizer: PROVIDER.keyHash,
    network: stack.network,
    payTo: stack.payTo,
    ...(currency === LOVELACE && price === PRICE ? {} : { price: { asset: currency, amount: `${price}` } }),
  };
  const shop = await startChannelShop(terms);

  const chain = chainOf(stack);
  const wallet = await openWallet({ chain, secret: { seedPhrase: newSeedPhrase() }, now });
  await stack.control.fund({ address: wallet.address, lovelace: 60_000_000n });
  const tokens = currency === LOVELACE ? 0n : 1_000_000n;
  await stack.control.fund({ address: wallet.address, lovelace: 20_000_000n, tokens });
  await stack.control.fund({ address: wallet.address, lovelace: 20_000_000n });
  const records = memoryChannelStore();
  const channels = new BatchSettlementCardanoClient({
    wallet,
    validators: [SCRIPT],
    referenceScripts: { [SCRIPT]: published },
    maxPrice: { [currency]: price },
    limits: { lovelace: { perPayment: 20_000_000n }, ...(tokens === 0n ? {} : { [currency]: {} }) },
    requestsPerDeposit: PER_DEPOSIT,
    answerTimeoutMs: 100,
    store: records,
    now,
  });
  const client = new x402Client()
    .register(wallet.network, channels)
    .setSpendControls({ allowedAssets: true });

  /** Requests that carried a payment, the oldest first. */
  const shown: Shown[] = [];
  let loses = 0;
  const watched: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const header = request.headers.get('payment-signature');
    const response = await fetch(request);
    if (header === null) return response;
    shown.push({ url: request.url, header, status: response.status, paid: paidIn(response) });
    if (loses === 0) return response;
    loses -= 1;
    await response.arrayBuffer();
    throw new TypeError('the answer was lost');
  };
  const paying = wrapFetchWithPayment(watched, client);
  const buy = async (item: number | string) => {
    const response = await paying(`${shop.url}?item=${item}`);
    const body = (await response.json()) as { readonly sold?: number };
    return { status: response.status, body, paid: paidIn(response) };
  };
  const record = async () => {
    const all = await channels.list();
    expect(all).toHaveLength(1);
    const [only] = all;
    if (only === undefined) throw new Error('expected a channel');
    return only;
  };
  /** What both sides hold. */
  const counts = async () => {
    const { id, count, signed } = await record();
    const kept = await shop.store.read(id);
    return {
      buyer: { count: BigInt(count), signed: BigInt(signed) },
      seller: { count: kept?.charged, signed: kept?.iou?.amount },
    };
  };
  const holdings = async () => {
    const outputs = await chain.unspentOutputs(wallet.address);
    const sum = (of: (output: (typeof outputs)[number]) => bigint) =>
      outputs.reduce((all, output) => all + of(output), 0n);
    return {
      lovelace: sum(({ lovelace }) => lovelace),
      tokens: sum(({ assets }) => assets.get(currency) ?? 0n),
    };
  };
  const before = await holdings();
  return {
    ...{
      stack,
      published,
      currency,
      facilitator,
      terms,
      wallet,
      watched,
      shop,
      channels,
      chain,
      records,
      toFacilitator,
      shown,
      buy,
      record,
      counts,
      holdings,
      before,
    },
    loseAnswers(count: number) {
      loses = count;
    },
    async stop() {
      await Promise.all([shop.stop(), toFacilitator.stop()]);
    },
  };
}

export const payloadIn = (header: string) =>
  JSON.parse(Buffer.from(header, 'base64').toString()).payload as {
    readonly type: string;
    readonly deposit?: { readonly transaction: string };
  };

export function decoded(bytes: Uint8Array) {
  const read = decodeTransaction(bytes);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}
