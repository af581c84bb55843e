import { parseNetwork } from '@x402-facilitator/cardano';
import { paymentRequestSchema, verifyResponseSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { VerifyPayment } from '../services/verify-payment.js';
import { problemResponses } from './problem-responses.js';
import { refuseOtherVersions } from './protocol-version.js';

export const verifyRoute: FastifyPluginAsyncZod<{ readonly verifyPayment: VerifyPayment }> = async (
  app,
  { verifyPayment },
) => {
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
          413: verifyResponseSchema,
          415: verifyResponseSchema,
          503: verifyResponseSchema,
          ...problemResponses(401, 429),
        },
      },
    },
    async (request) => {
      const response = await verifyPayment(request.body, request.lookups());
      request.facts = {
        network: parseNetwork(request.body.paymentRequirements.network),
        userId: response.payer || undefined,
        outcome: response.isValid ? 'valid' : response.invalidReason,
      };
      return response;
    },
  );
};
