import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { iouMessage } from '@x402-facilitator/cardano/channels';

/** A buyer that pays by one channel, with an IOU key made from a number, and counts by the binding's rules. */
export type ChannelBuyer = {
  readonly channelId: string;
  readonly iouKey: string;
  signed(amount: bigint): string;
  isOwn(amount: bigint, signature: string): boolean;
  /** The value of `PAYMENT-SIGNATURE` for a promise of everything up to `amount`. */
  pay(accepted: Terms, amount: bigint): string;
};

/** A seller's terms, as its 402 shows them. */
export type Terms = {
  readonly amount: string;
  readonly asset: string;
  readonly payTo: string;
  readonly extra: {
    readonly receiverAuthorizer: string;
    readonly withdrawDelay: number;
    readonly channelState?: { readonly chargedCumulativeAmount: string };
    readonly voucherState?: { readonly signedMaxClaimable: string; readonly signature: string };
  };
};

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export function channelBuyer(number: number): ChannelBuyer {
  const seed = Buffer.alloc(32, 9);
  seed.writeUInt32BE(number, 0);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  const iouKey = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
  const channelId = number.toString(16).padStart(64, '0');
  const signed = (amount: bigint) => sign(null, iouMessage({ tag: channelId, amount }), key).toString('hex');
  return {
    channelId,
    iouKey,
    signed,
    isOwn: (amount, signature) =>
      verify(null, iouMessage({ tag: channelId, amount }), publicKey, Buffer.from(signature, 'hex')),
    pay(accepted, amount) {
      const { receiverAuthorizer, withdrawDelay } = accepted.extra;
      const channelConfig = {
        payer: 'ab'.repeat(28),
        payerAuthorizer: iouKey,
        receiver: accepted.payTo,
        receiverAuthorizer,
        token: accepted.asset,
        withdrawDelay,
      };
      const voucher = {
        channelId,
        maxClaimableAmount: `${amount}`,
        signature: signed(amount),
        channelRef: `${'22'.repeat(32)}#0`,
      };
      const payment = { x402Version: 2, accepted, payload: { type: 'voucher', channelConfig, voucher } };
      return Buffer.from(JSON.stringify(payment)).toString('base64');
    },
  };
}
