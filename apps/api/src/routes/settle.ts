import { parseNetwork } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';
import { formatTraceparent } from '@x402-facilitator/shared/telemetry';
import { paymentRequestSchema, settleResponseSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Discovery } from '../services/discovery.js';
import type { SettlePayment } from '../services/settle-payment.js';
import { callOf, keyOf } from './call.js';
import { sayOfDeclaration } from './extension-responses.js';
import { hangUpOf } from './hang-up.js';
import { readPreference } from './prefer.js';
import { problemResponses } from './problem-responses.js';
import { refuseOtherVersions } from './protocol-version.js';

const headers = z.looseObject({
  prefer: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('respond-async, wait=SECONDS'),
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters')
    .optional()
    .describe(
      'names the caller’s operation: the same key collects the same success again, and stands for one payment',
    ),
  traceparent: z.string().optional().describe('W3C trace context: the settlement joins this trace'),
});

export const settleRoute: FastifyPluginAsyncZod<{
  readonly settlePayment: SettlePayment;
  readonly discovery: Pick<Discovery, 'foresee' | 'tell'> | undefined;
  readonly settle: Pick<Config['settle'], 'waitMs' | 'maxWaitMs' | 'redemption'>;
}> = async (app, { settlePayment, discovery, settle }) => {
  app.post(
    '/settle',
    {
      config: { access: 'payment', budget: 'sensitive', errorShape: 'settle', waitRoute: '/settle:wait' },
      preValidation: refuseOtherVersions('settle'),
      schema: {
        summary: 'Claim, submit and wait for the outcome',
        tags: ['payments'],
        headers,
        body: paymentRequestSchema,
        response: {
          200: settleResponseSchema,
          202: settleResponseSchema,
          400: settleResponseSchema,
          409: settleResponseSchema,
          413: settleResponseSchema,
          415: settleResponseSchema,
          503: settleResponseSchema,
          ...problemResponses(401, 429),
        },
      },
    },
    async (request, reply) => {
      const { prefer, 'idempotency-key': idempotencyKey } = request.headers;
      const preference = readPreference(prefer, settle);
      const answer = await settlePayment(request.body, {
        waitMs: preference.waitMs,
        call: { ...callOf(request, settle), idempotencyKey },
        traceparent: request.trace === undefined ? undefined : formatTraceparent(request.trace),
        caller: request.lookups(),
        key: keyOf(request),
        hungUp: hangUpOf(reply),
        onWait: () => {
          request.isWaiting = true;
        },
        log: request.log,
      });
      const { body, status, location, retryAfterSeconds } = answer;
      request.facts = {
        network: parseNetwork(body.network),
        transaction: body.transaction || undefined,
        userId: body.payer || undefined,
        outcome: body.success ? 'settled' : body.errorReason,
      };
      if (preference.applied !== '') reply.header('preference-applied', preference.applied);
      if (location !== undefined) reply.header('location', location);
      if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
      if (body.success)
        sayOfDeclaration(reply, await discovery?.tell(request.body, body.transaction, request.log));
      else if (status === 202) sayOfDeclaration(reply, discovery?.foresee(request.body));
      return reply.code(status).send(body);
    },
  );
};
