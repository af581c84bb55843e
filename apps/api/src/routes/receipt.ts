import { failureOf, receiptResponseSchema, transactionIdSchema } from '@x402-facilitator/shared/wire';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { keyNameOf } from '../plugins/app/caller.js';
import { HttpProblem } from '../plugins/app/http-problem.js';
import { settlementFacts } from '../plugins/app/request-log.js';
import { statusPath } from '../services/describe-settlement.js';
import type { ReadReceipt } from '../services/read-receipt.js';
import { hangUpOf } from './hang-up.js';
import { problemResponses } from './problem-responses.js';

const CONFIRMATION_RETRY_SECONDS = '5';
const SIGNING_RETRY_SECONDS = '1';

export const receiptRoute: FastifyPluginAsyncZod<{ readonly readReceipt: ReadReceipt }> = async (
  app,
  { readReceipt },
) => {
  app.get(
    '/status/:transaction/receipt',
    {
      config: { access: 'status', budget: 'sensitive' },
      schema: {
        summary: 'The facilitator’s signed receipt of a confirmed settlement',
        tags: ['payments'],
        params: z.object({ transaction: transactionIdSchema }),
        response: { 200: receiptResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 410, 429, 503) },
      },
    },
    async (request, reply) => {
      const { transaction } = request.params;
      request.facts = { transaction };
      const answer = await readReceipt({
        txHash: transaction,
        viewer: keyNameOf(request),
        hungUp: hangUpOf(reply),
      });
      if (answer.kind === 'unknown')
        throw new HttpProblem(404, 'not_found', `no settlement of ${transaction} is known here`);
      const { settlement } = answer;
      request.facts = settlementFacts(settlement);
      reply.header('cache-control', 'no-store');
      switch (answer.kind) {
        case 'issued':
          return reply.send({ ...answer.signed, receipt: answer.receipt });
        case 'withheld':
          throw new HttpProblem(
            403,
            'receipt_withheld',
            'the receipt was signed with the query of its resource, which is not shown here any more',
          );
        case 'not-confirmed':
          throw new HttpProblem(
            409,
            'not_confirmed',
            `the settlement is ${settlement.state}${settlement.block === undefined ? ', in no block' : ''}: a receipt is signed once it is confirmed in a block`,
            { 'retry-after': CONFIRMATION_RETRY_SECONDS },
          );
        case 'pending':
          throw new HttpProblem(409, 'receipt_pending', 'confirmed; the receipt is being signed', {
            'retry-after': SIGNING_RETRY_SECONDS,
          });
        case 'no-signer':
          throw new HttpProblem(
            404,
            'no_receipt_signer',
            `no worker of ${settlement.network} has a wallet to sign receipts with; ${statusPath(transaction)} tells the settlement itself`,
          );
        case 'never':
          throw new HttpProblem(
            404,
            'no_receipt',
            `the settlement is archived without a receipt, and none is signed any more; ${statusPath(transaction)} tells the settlement itself`,
          );
        case 'no-payment':
          throw new HttpProblem(404, 'not_found', `there are no receipts for a channel’s ${settlement.kind}`);
        case 'dead':
          throw new HttpProblem(
            410,
            'payment_failed',
            `there is no receipt for a payment that failed: ${failureOf(settlement)?.code ?? settlement.state}`,
          );
      }
    },
  );
};
