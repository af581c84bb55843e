import {
  type AssetId,
  outRefKey,
  parseAssetId,
  parseOutRef,
  parseTxHash,
} from '@x402-facilitator/cardano/ledger';
import { z } from 'zod';
import type { Loss, Spent } from '../payment/index.js';
import { memoryRecords, type RecordStore } from '../purchase/index.js';

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const parsed = <T>(what: string, parse: (text: string) => T | undefined) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${what}` });
    return z.NEVER;
  });
const txHash = parsed('a transaction id', parseTxHash);
const asset = parsed('lovelace or POLICY.NAME', parseAssetId);
const outRef = parsed('txHash#index', (text) => {
  const ref = parseOutRef(text);
  return ref && outRefKey(ref);
});
/** Units of the channel's currency, as decimal text. */
const quantity = z.string().regex(/^\d{1,30}$/);

/** A channel as a store keeps it, in JSON. */
export const channelRecordSchema = z.object({
  version: z.literal(1),
  /** The channel's id. */
  id: hexOf(32),
  network: z.string(),
  scriptHash: hexOf(28),
  /** Where the channel is on the ledger, bech32. */
  address: z.string(),
  payer: hexOf(28),
  /** The key of its promises. One that the wallet cannot derive again is `null`: the channel can only be left. */
  iouKey: hexOf(32).nullable(),
  /** `null` for one that was found on the chain, until a seller asks for its terms. */
  receiver: z.string().nullable(),
  receiverAuthorizer: hexOf(28),
  token: asset,
  withdrawDelay: z.int(),
  /** Names of the seller: the address that is paid, and where the resource is. */
  sellers: z.array(z.string()),
  /** An output that carried the validator. Its bytes are there also after it was spent. */
  referenceScript: outRef.nullable(),
  /**
   * `opening`: nobody has said that it is on the ledger. `open`: it is, by the seller or the chain. `closed`: its buyer leaves
   * alone. `settled`: the seller took its part, the rest is to be fetched. `ended`: it is gone. `void`: it can never be.
   */
  state: z.enum(['opening', 'open', 'closed', 'settled', 'ended', 'void']),
  /** Its position as the chain or its own transactions prove it. */
  ref: outRef,
  /** Its position as the seller told it last: facilitators follow it from there. */
  toldRef: outRef.nullable(),
  /** How far a promise may go. */
  capacity: quantity,
  /** What was redeemed, as far as the chain showed it. */
  subbed: quantity,
  /** What the seller has charged in all, as far as it is proven. The next promise is this and one price. */
  count: quantity,
  /** The largest promise that was ever signed: the most that the seller can take. */
  signed: quantity,
  /** How often the seller charged for an answer that never came. */
  lostAnswers: z.int().nonnegative(),
  /** Found on the chain: there may be promises of which no record is left. */
  isRecovered: z.boolean(),
  /** The promise whose answer has not come yet. */
  pending: z
    .object({ amount: quantity, price: quantity, resource: z.string().nullable(), sentAtMs: z.int() })
    .nullable(),
  /** The largest promise whose answer was lost; the seller may have served and charged it. */
  doubt: z.object({ amount: quantity, resource: z.string().nullable() }).nullable(),
  /** The transaction of which it is not known whether it is on the ledger. It is never signed anew, only shown again. */
  transaction: z
    .object({
      kind: z.enum(['opening', 'top-up', 'refund', 'close', 'end', 'elapse']),
      txHash,
      base64: z.string(),
      inputs: z.array(outRef),
      /** What it puts into the channel. */
      amount: quantity,
      /** The slot from which it can no longer be included, and when that slot begins. */
      ttl: z.int(),
      validToMs: z.number(),
    })
    .nullable(),
  /** What openings and top-ups took out of the wallet, for the limits of a day. */
  spent: z.array(z.object({ atMs: z.int(), loss: z.record(z.string(), z.string().regex(/^-?\d{1,30}$/)) })),
  changedAtMs: z.int(),
});

/** A channel as a store keeps it. Amounts are decimal text in units of its currency. */
export type ChannelRecord = Readonly<z.output<typeof channelRecordSchema>>;

/** A transaction of a channel whose end is not known yet. */
export type PendingTransaction = NonNullable<ChannelRecord['transaction']>;

/** Where channels are kept. Processes that share a wallet share the store. `channelFileStore` of `./node` is one in files. */
export type ChannelStore = RecordStore<ChannelRecord>;

/** A store that ends with the process. Its channels are then found on the chain again, by `recover`. */
export function memoryChannelStore(): ChannelStore {
  return memoryRecords();
}

/** What openings and top-ups took, for the limits of a day. */
export function spentOn(records: readonly ChannelRecord[]): readonly Spent[] {
  return records.flatMap(({ sellers, spent }) =>
    spent.map(({ atMs, loss }) => ({ atMs, sellers, loss: lossOf(loss) })),
  );
}

/** A loss as a record keeps it. */
export function recordedLoss(loss: Loss): Readonly<Record<string, string>> {
  return Object.fromEntries([...loss].map(([name, amount]) => [name, String(amount)]));
}

function lossOf(loss: Readonly<Record<string, string>>): Loss {
  return new Map(
    Object.entries(loss).flatMap(([text, amount]): [AssetId, bigint][] => {
      const name = parseAssetId(text);
      return name === undefined ? [] : [[name, BigInt(amount)]];
    }),
  );
}
