import { SETTLEMENT_EVENTS, TEST_EVENT } from '@x402-facilitator/journal';
import { settlementEventSchema, testEventSchema } from '@x402-facilitator/shared/wire';

const WORDS: Readonly<Record<(typeof SETTLEMENT_EVENTS)[number] | typeof TEST_EVENT, string>> = {
  'settlement.confirmed': 'The settlement is confirmed by its own policy. A rollback may still take it back',
  'settlement.failed': 'It failed, for good',
  'settlement.expired': 'Its TTL has passed, and no block holds it: for good',
  'settlement.rolled_back': 'A rollback took its confirmation back: it is pending again',
  'settlement.final': 'Its confirmation is older than the stability window: it is not followed any more',
  [TEST_EVENT]: 'An operator tries the endpoint',
};

const HEADERS = [
  ['webhook-id', 'the same at every attempt and replay: take each id once'],
  ['webhook-timestamp', 'of this attempt, in seconds'],
  ['webhook-signature', 'v1, and base64 of HMAC-SHA256 over id.timestamp.body; two while the secret rotates'],
] as const;

/** What workers send: the schemas that the bodies are made by. */
export const webhookDescriptions = Object.fromEntries(
  ([...SETTLEMENT_EVENTS, TEST_EVENT] as const).map((type) => {
    const schema = type === TEST_EVENT ? testEventSchema : settlementEventSchema;
    const description = {
      post: {
        summary: WORDS[type],
        tags: ['webhooks'],
        parameters: HEADERS.map(([name, description]) => ({
          name,
          in: 'header' as const,
          required: true,
          description,
          schema: { type: 'string' as const },
        })),
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema.meta()?.id}` } } },
        },
        responses: {
          '2XX': { description: 'received: it is not sent again' },
          '410': { description: 'nothing more is sent, until an operator sets the endpoint again' },
          default: { description: 'not received: it is sent again for a day' },
        },
      },
    };
    return [type, description];
  }),
);
