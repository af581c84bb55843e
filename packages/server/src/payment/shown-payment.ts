import { createHash } from 'node:crypto';
import { decodeTransaction, parseNetwork, parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { DELIVERY, PAYMENT_IDENTIFIER } from './extensions.js';

/** A payment as a request shows it: the value of `PAYMENT-SIGNATURE`, read but not judged. */
export type ShownPayment = {
  readonly txHash: TxHash;
  readonly network: string;
  /** Of what makes it private, or of every byte where nothing does. */
  readonly digest: string;
  /** The buyer's own name for its purchase (extension `payment-identifier`). */
  readonly identifier: string | undefined;
  /**
   * Whether the payload holds something that only the buyer and the seller know. All the rest of it is public once the
   * transaction is on its way: a stranger can write it down byte for byte.
   */
  readonly isPrivate: boolean;
};

const extensionInfo = <Info extends z.ZodType>(info: Info) => z.object({ info }).optional().catch(undefined);

const payloadSchema = z.object({
  accepted: z.object({ network: z.string() }),
  payload: z.object({ transaction: z.string() }),
  extensions: z
    .object({
      [PAYMENT_IDENTIFIER]: extensionInfo(z.object({ id: z.string().regex(/^[a-zA-Z0-9_-]{16,128}$/) })),
      [DELIVERY]: extensionInfo(z.object({ token: z.string().min(22).max(128) })),
    })
    .optional()
    .catch(undefined),
});

/**
 * Reads a payment out of the value of a `PAYMENT-SIGNATURE` header.
 *
 * @returns undefined for anything but a payment on Cardano. Never throws.
 */
export function readShownPayment(header: string): ShownPayment | undefined {
  try {
    return describePayment(JSON.parse(Buffer.from(header, 'base64').toString()), header);
  } catch {
    return undefined;
  }
}

const transactionSchema = z.object({
  accepted: z.object({ network: z.string() }),
  payload: z.union([
    z.object({ transaction: z.string() }),
    z.object({ deposit: z.object({ transaction: z.string() }) }).transform(({ deposit }) => deposit),
  ]),
});

/**
 * The transaction that a payload settles, a channel's deposit included; undefined where there is none. Unlike a payment of
 * `exact`, a deposit may be shown with more than one request, so it does not name a purchase.
 */
export function txHashOf(payload: unknown): TxHash | undefined {
  const parsed = transactionSchema.safeParse(payload);
  if (!parsed.success || parseNetwork(parsed.data.accepted.network) === undefined) return undefined;
  const transaction = decodeTransaction(Buffer.from(parsed.data.payload.transaction, 'base64'));
  return transaction.ok ? transaction.value.id : undefined;
}

/** A name of a purchase that only its buyer knows: `txHash.identifier`, as the paywall page writes it. */
const PURCHASE_COOKIE = /(?:^|;)\s*x402-purchase=([0-9a-f]{64})\.([a-zA-Z0-9_-]{16,128})\s*(?:;|$)/;

/** Reads which purchase a browser opens again, out of the value of its `Cookie` header. */
export function readPurchaseCookie(
  cookie: string | undefined,
): Pick<ShownPayment, 'txHash' | 'digest' | 'identifier'> | undefined {
  const [, hash = '', identifier = ''] = PURCHASE_COOKIE.exec(cookie ?? '') ?? [];
  const txHash = parseTxHash(hash);
  return txHash === undefined ? undefined : { txHash, identifier, digest: digestOf(identifier) };
}

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

function describePayment(payload: unknown, written: string): ShownPayment | undefined {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) return undefined;
  const { accepted, payload: signed, extensions } = parsed.data;
  const transaction = decodeTransaction(Buffer.from(signed.transaction, 'base64'));
  if (parseNetwork(accepted.network) === undefined || !transaction.ok) return undefined;
  const identifier = extensions?.[PAYMENT_IDENTIFIER]?.info.id;
  const secret = identifier ?? extensions?.[DELIVERY]?.info.token;
  return {
    txHash: transaction.value.id,
    network: accepted.network,
    digest: digestOf(secret ?? written),
    identifier,
    isPrivate: secret !== undefined,
  };
}
