import { parseNetwork, parseTxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { jsonField } from '../redis/index.js';

/** What a webhook tells of a settlement. */
export const SETTLEMENT_EVENTS = [
  'settlement.confirmed',
  'settlement.failed',
  'settlement.expired',
  'settlement.rolled_back',
  'settlement.final',
] as const;

/** What an operator sends to try an endpoint. */
export const TEST_EVENT = 'webhook.test';

const time = z.coerce.number();

const settlementEventSchema = z.object({
  id: z.string(),
  type: z.enum(SETTLEMENT_EVENTS),
  /** When it happened, POSIX milliseconds. */
  atMs: time,
  /** When it was put into the outbox: later, where it is a replay. */
  queuedAtMs: time,
  network: z.string().transform((name, context) => parseNetwork(name) ?? unknown(context, 'a network')),
  txHash: z.string().transform((id, context) => parseTxHash(id) ?? unknown(context, 'a transaction id')),
  /** The fields of the record as they were then. */
  record: z.record(z.string(), z.string()),
});

const testEventSchema = z.object({
  id: z.string(),
  type: z.literal(TEST_EVENT),
  atMs: time,
  queuedAtMs: time,
});

/** An event in the outbox. */
export const webhookEventSchema = jsonField.pipe(
  z.discriminatedUnion('type', [settlementEventSchema, testEventSchema]),
);

export type WebhookEvent = Readonly<z.output<typeof webhookEventSchema>>;

function unknown(context: z.RefinementCtx, expected: string): never {
  context.addIssue({ code: 'custom', message: `expected ${expected}` });
  return z.NEVER;
}
