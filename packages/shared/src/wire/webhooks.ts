import { SETTLEMENT_EVENTS, TEST_EVENT } from '@x402-facilitator/journal';
import { z } from 'zod';
import { isoTimeSchema } from './iso-time.js';
import { statusResponseSchema } from './status.js';

/** What a webhook tells of a settlement: its body. */
export const settlementEventSchema = z
  .object({
    type: z.enum(SETTLEMENT_EVENTS),
    timestamp: isoTimeSchema.describe('when it happened, ISO 8601'),
    data: statusResponseSchema.describe('what /status said at that moment'),
  })
  .meta({ id: 'SettlementEvent', description: 'a settlement has ended, or a rollback took its end back' });

/** What an operator sends to try an endpoint. */
export const testEventSchema = z
  .object({ type: z.literal(TEST_EVENT), timestamp: isoTimeSchema, data: z.object({}) })
  .meta({ id: 'TestEvent', description: 'tells nothing: an operator tries the endpoint' });

export type WebhookBody = z.output<typeof settlementEventSchema> | z.output<typeof testEventSchema>;
