import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ChannelIdentity, KeptAnswer, SignedRefund } from './store.js';

/* How stores write what they keep as text. */

const natural = z.string().regex(/^\d+$/).transform(BigInt);

type Terms = [string, string, string, string, string, string, string, number];

/** The parts that never change, in one order: equal text is the same channel on the same terms. */
export function termsOf({ network, scriptHash, config }: Omit<ChannelIdentity, 'channelId'>): string {
  const { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay } = config;
  return JSON.stringify([
    network,
    scriptHash,
    payer,
    payerAuthorizer,
    receiver,
    receiverAuthorizer,
    token,
    withdrawDelay,
  ]);
}

/** A channel's terms are read with every request for it. */
const READ = new LRUCache<string, Omit<ChannelIdentity, 'channelId'>>({ max: 10_000 });

/** @throws Error for text that `termsOf` did not write. */
export function readTerms(text: string): Omit<ChannelIdentity, 'channelId'> {
  const known = READ.get(text);
  if (known !== undefined) return known;
  const terms = parseTerms(text);
  READ.set(text, terms);
  return terms;
}

function parseTerms(text: string): Omit<ChannelIdentity, 'channelId'> {
  const [network, scriptHash, payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay] =
    JSON.parse(text) as Terms;
  return {
    network,
    scriptHash,
    config: { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay },
  };
}

const signedRefund = z.object({
  txHash: z.string(),
  channelRef: z.string(),
  untilMs: z.number(),
  settlement: z.string().optional(),
});

/** @throws Error for text that is no refund as JSON. */
export function readRefund(text: string): SignedRefund {
  return signedRefund.parse(JSON.parse(text));
}

const keptAnswer = z.object({
  request: z.string(),
  contentType: z.string(),
  body: z.base64(),
  charge: natural,
  settlement: z.string(),
});

export function writeKeptAnswer({ body, charge, ...rest }: KeptAnswer): string {
  return JSON.stringify({ ...rest, charge: `${charge}`, body: Buffer.from(body).toString('base64') });
}

/** @throws Error for text that `writeKeptAnswer` did not write. */
export function readKeptAnswer(text: string): KeptAnswer {
  const { body, ...rest } = keptAnswer.parse(JSON.parse(text));
  return { ...rest, body: Buffer.from(body, 'base64') };
}
