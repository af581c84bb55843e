import { parseNetwork } from '@x402-facilitator/cardano';
import type { Config } from '@x402-facilitator/shared/config';
import { paymentRequestSchema, verifyResponseSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Discovery } from '../services/discovery.js';
import type { VerifyPayment } from '../services/verify-payment.js';
import { callOf, keyOf } from './call.js';
import { sayOfDeclaration } from './extension-responses.js';
import { problemResponses } from './problem-responses.js';
import { refuseOtherVersions } from './protocol-version.js';

export const verifyRoute: FastifyPluginAsyncZod<{
  readonly verifyPayment: VerifyPayment;
  readonly discovery: Pick<Discovery, 'foresee'> | undefined;
  readonly settle: Pick<Config['settle'], 'redemption'>;
}> = async (app, { verifyPayment, discovery, settle }) => {
  app.post(
    '/verify',
    {
      config: { access: 'payment', budget: 'sensitive', errorShape: 'verify' },
      preValidation: refuseOtherVersions('verify'),
      schema: {
        summary: 'Is this signed payment good for these requirements?',
        tags: ['payments'],
        body: paymentRequestSchema,
        response: {
          200: verifyResponseSchema,
          400: verifyResponseSchema,
          409: verifyResponseSchema,
          413: verifyResponseSchema,
          415: verifyResponseSchema,
          503: verifyResponseSchema,
          ...problemResponses(401, 429),
        },
      },
    },
    async (request, reply) => {
      const { status, body } = await verifyPayment(request.body, {
        call: callOf(request, settle),
        caller: request.lookups(),
        key: keyOf(request),
      });
      request.facts = {
        network: parseNetwork(request.body.paymentRequirements.network),
        userId: body.payer || undefined,
        outcome: body.isValid ? 'valid' : body.invalidReason,
      };
      if (body.isValid) sayOfDeclaration(reply, discovery?.foresee(request.body));
      return reply.code(status).send(body);
    },
  );
};
