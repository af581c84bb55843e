import { randomBytes } from 'node:crypto';
import type { PaymentRequirements } from '@x402/core/types';
import { decodeTransaction, toHex } from '@x402-facilitator/cardano';
import {
  addressBytes,
  CHANNEL_VALIDATOR,
  cbor,
  walletOf,
  buildTransaction as writeTransaction,
} from '@x402-facilitator/cardano/testing';
import { expect } from 'vitest';
import { BatchSettlementCardanoClient, type ChannelOptions } from '../../src/channels/index.js';
import { openWallet, type Secret } from '../../src/index.js';
import { openChain } from './chain.js';

export const PRICE = 100_000n;
export const SCRIPT = CHANNEL_VALIDATOR.reference.hash;
export const PROVIDER = walletOf('channel provider');
export const DELAY = 900;

export type Payload = {
  readonly type: string;
  readonly voucher: {
    readonly channelId: string;
    readonly maxClaimableAmount: string;
    readonly signature: string;
    readonly channelRef?: string;
  };
  readonly deposit?: { readonly amount: string; readonly transaction: string };
};

/** The devnet's clock never runs backwards, so it stays ahead for the tests that follow. */
let offsetMs = 0;
/** How far the devnet’s clock is ahead, in milliseconds. */
export const aheadMs = () => offsetMs;

/** A buyer on a devnet, and a seller that puts deposits on its ledger and charges each price. */
export async function market(options: Partial<ChannelOptions> = {}, secret?: Secret) {
  const { devnet, chain, keys, grant } = await openChain();
  const now = () => Date.now() + offsetMs;
  const wallet = await openWallet({ chain, secret: secret ?? keys, now });
  for (const amount of [60_000_000n, 10_000_000n]) grant(wallet.address, amount);
  // The validator as a reference script, where a wallet of the test has put it.
  const publisher = walletOf(`publisher ${toHex(randomBytes(8))}`);
  const funds = grant(publisher.address(0), 30_000_000n);
  const script = cbor.array([cbor.int(3), cbor.bytes(CHANNEL_VALIDATOR.bytes)]);
  const published = writeTransaction({
    inputs: [{ txHash: funds.transaction as never, index: funds.index }],
    outputs: [
      {
        address: addressBytes(0x60, cbor.hex(publisher.keyHash)),
        lovelace: 29_000_000n,
        form: 'map',
        extra: [[3, cbor.tag(24, cbor.bytes(script))]],
      },
    ],
    fee: 1_000_000n,
    signers: [publisher],
  });
  await submit(published.bytes);
  async function submit(bytes: Uint8Array) {
    const sent = await chain.submit?.(bytes);
    expect(sent).toMatchObject({ ok: true });
    devnet.ledger.forge();
  }
  const requirements: PaymentRequirements = {
    scheme: 'batch-settlement',
    network: 'cardano:preview',
    asset: 'lovelace',
    amount: String(PRICE),
    payTo: walletOf('channel seller').address(0),
    maxTimeoutSeconds: 600,
    extra: {
      scriptHash: SCRIPT,
      receiverAuthorizer: PROVIDER.keyHash,
      withdrawDelay: DELAY,
      referenceScript: `${published.id}#0`,
    },
  };
  const optionsOf = (more: Partial<ChannelOptions> = {}): ChannelOptions => ({
    wallet,
    validators: [SCRIPT],
    maxPrice: { lovelace: PRICE },
    limits: { lovelace: { perPayment: 20_000_000n } },
    requestsPerDeposit: 5,
    answerTimeoutMs: 50,
    now,
    ...options,
    ...more,
  });
  const client = new BatchSettlementCardanoClient(optionsOf());
  const payloadOf = async (of = client, change: Partial<PaymentRequirements> = {}) =>
    (await of.createPaymentPayload(2, { ...requirements, ...change })).payload as Payload;
  const answer = (payload: Payload, said: object, of = client) =>
    of.schemeHooks.onPaymentResponse?.({
      paymentPayload: { x402Version: 2, accepted: requirements, payload },
      requirements,
      ...said,
    });
  const served = (payload: Payload, transaction = '', charge = PRICE) => ({
    settleResponse: {
      success: true,
      transaction,
      network: requirements.network,
      extra: { chargedAmount: String(charge), channelState: { channelId: payload.voucher.channelId } },
    },
  });
  /** Pays one request of an honest seller. */
  const pay = async (of = client, charge = PRICE) => {
    const payload = await payloadOf(of);
    const deposit = payload.deposit && Buffer.from(payload.deposit.transaction, 'base64');
    if (deposit !== undefined) await submit(deposit);
    const id = deposit === undefined ? '' : idOf(deposit);
    await answer(payload, served(payload, id, charge), of);
    return payload;
  };
  /** Opens a channel by a request that costs nothing in the end. */
  const openAlone = () => pay(client, 0n);
  const balance = async () =>
    (await chain.unspentOutputs(wallet.address)).reduce((sum, { lovelace }) => sum + lovelace, 0n);
  return {
    ...{
      devnet,
      grant,
      client,
      wallet,
      requirements,
      payloadOf,
      answer,
      served,
      pay,
      openAlone,
      submit,
      balance,
      optionsOf,
    },
    forge: () => devnet.ledger.forge(),
    passTime(ms: number) {
      offsetMs += ms;
      devnet.ledger.setClockOffset(offsetMs);
      devnet.ledger.forge();
    },
    published: `${published.id}#0`,
  };
}

export function idOf(bytes: Uint8Array): string {
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value.id;
}
