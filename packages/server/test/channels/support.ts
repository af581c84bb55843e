import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { iouMessage } from '@x402-facilitator/cardano/channels';
import type {
  ChannelIdentity,
  ChannelView,
  KeptAnswer,
  Reservation,
  SignedIou,
} from '../../src/channels/index.js';

export const SCRIPT_HASH = '62ce4309e37e09e5c633c96c6ae68061c434f122d32626d6912d7c2a';
export const RECEIVER_AUTHORIZER = 'cd'.repeat(28);
export const NETWORK = 'cardano:preprod';
export const PAY_TO =
  'addr_test1qrxchm0g4la6hqfd9wq6vuuldx7l20az52t7lvgpgujr8pvwmpzru5kuf4mpmvtaf0hlsjtz7t4r2h7tj9v3c02dhljq0wqkef';

/** A buyer's channel and its IOU key, made from a number. */
export type TestChannel = ChannelIdentity & { sign(amount: bigint): SignedIou };

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export function testChannel(number: number, prefix = '0'): TestChannel {
  const seed = Buffer.alloc(32, 7);
  seed.writeUInt32BE(number, 0);
  const key: KeyObject = createPrivateKey({
    key: Buffer.concat([PKCS8, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const channelId = `${prefix}${number}`.padStart(64, '0');
  return {
    channelId,
    network: NETWORK,
    scriptHash: SCRIPT_HASH,
    config: {
      payer: 'ab'.repeat(28),
      payerAuthorizer: Buffer.from(x, 'base64url').toString('hex'),
      receiver: PAY_TO,
      receiverAuthorizer: RECEIVER_AUTHORIZER,
      token: 'lovelace',
      withdrawDelay: 900,
    },
    sign: (amount) => ({
      amount,
      signature: sign(null, iouMessage({ tag: channelId, amount }), key).toString('hex'),
    }),
  };
}

export const view = (over: Partial<ChannelView> = {}): ChannelView => ({
  channelRef: `${'22'.repeat(32)}#0`,
  balance: 1_000_000n,
  totalClaimed: 0n,
  withdrawRequestedAt: 0,
  ...over,
});

let holders = 0;

/** A request for a channel that goes on from `base` at a price. */
export function request(
  { sign: promise, ...channel }: TestChannel,
  base: bigint,
  price: bigint,
  over: Partial<Reservation> = {},
): Reservation {
  holders += 1;
  return {
    channel,
    iou: promise(base + price),
    base,
    holder: `holder-${holders}`,
    leaseMs: 60_000,
    freshForMs: 60_000,
    ...over,
  };
}

export const answer = (text: string): KeptAnswer => ({
  request: 'GET /price',
  contentType: 'application/json',
  body: Buffer.from([0, 255, ...Buffer.from(text)]),
  charge: 10n,
  settlement: '{"success":true}',
});
