import { createPublicKey, verify } from 'node:crypto';
import { iouMessage } from '@x402-facilitator/cardano/channels';
import type { ChannelRecord } from '@x402-facilitator/server/channels';
import type { Buyer } from './buyer.js';
import type { ChannelBooks } from './ledger-books.js';

/** Channels that ended alike, summed up. Lovelace. */
export type Row = {
  readonly channels: number;
  /** What the buyers were told in their answers. */
  readonly charged: bigint;
  /** The latest promises in the shop's store. */
  readonly signed: bigint;
  /** What the channels lost to the provider on the ledger. */
  readonly claimed: bigint;
  readonly deposited: bigint;
  /** What the buyers took out at the end. */
  readonly returned: bigint;
  /** What the buyers' transactions cost. */
  readonly fees: bigint;
};

/** A channel as its buyer knows it. */
export type Account = {
  readonly buyer: Buyer;
  readonly channelId: string;
  /** Where the channel was opened. */
  readonly opening: string;
  /** What the wallet held before. */
  readonly held: bigint;
  charged: bigint;
};

/** Whether the store's promise covers what was charged, and is the buyer's own. */
export function isSigned({ channelId, config, charged, iou }: ChannelRecord): boolean {
  if (iou === undefined || iou.amount < charged) return false;
  const x = Buffer.from(config.payerAuthorizer, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const message = iouMessage({ tag: channelId, amount: iou.amount });
  return verify(null, message, key, Buffer.from(iou.signature, 'hex'));
}

/** What the buyer, the shop's store and the ledger do not agree on. */
export async function problemsOf(
  { buyer, channelId, charged, held }: Account,
  { claimed, deposited, returned, fees }: ChannelBooks,
  record: ChannelRecord | undefined,
): Promise<readonly string[]> {
  const own = await buyer.record();
  const lost = held - (await buyer.holds());
  const facts: readonly (readonly [boolean, string])[] = [
    [BigInt(own.count) === charged, `its buyer counts ${own.count}`],
    [record?.charged === charged, `the store has ${record?.charged}`],
    [record !== undefined && isSigned(record), `the promise is of ${record?.iou?.amount}`],
    [(record?.iou?.amount ?? 0n) <= BigInt(own.signed), `its buyer has signed ${own.signed}`],
    [claimed === charged, `claimed ${claimed}`],
    [returned === deposited - charged, `${returned} of ${deposited} came back`],
    [lost === charged + fees, `its buyer has lost ${lost}, with ${fees} of fees`],
  ];
  return facts.flatMap(([holds, what]) => (holds ? [] : [`${channelId}: charged ${charged}, ${what}`]));
}

export type Balanced = { readonly account: Account; readonly books: ChannelBooks; readonly signed: bigint };

export function rowOf(channels: readonly Balanced[]): Row {
  const sum = (of: (each: Balanced) => bigint) => channels.reduce((all, each) => all + of(each), 0n);
  return {
    channels: channels.length,
    charged: sum(({ account }) => account.charged),
    signed: sum(({ signed }) => signed),
    claimed: sum(({ books }) => books.claimed),
    deposited: sum(({ books }) => books.deposited),
    returned: sum(({ books }) => books.returned ?? 0n),
    fees: sum(({ books }) => books.fees),
  };
}
