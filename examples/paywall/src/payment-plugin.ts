import {
  type HTTPProcessResult,
  type HTTPResponseInstructions,
  PAYMENT_REQUIRED_CACHE_CONTROL,
  type x402HTTPResourceServer,
} from '@x402/core/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adapterFor, pathOf } from './fastify-adapter.js';
import { unpaidBody, unsettledBody } from './unpaid-body.js';

type VerifiedPayment = Extract<HTTPProcessResult, { type: 'payment-verified' }>;

const PENDING_RETRY_AFTER_SECONDS = 5;

/**
 * Adds the payment to every priced route: verify before the handler runs, settle after it succeeded and before anything
 * is sent. The priced routes are those of `payments`.
 *
 * @param refusalOf the facilitator's message about the payment of a request, once it was refused
 */
export function protectRoutes(
  app: FastifyInstance,
  payments: x402HTTPResourceServer,
  refusalOf: (adapter: object) => string | undefined,
): void {
  const verified = new WeakMap<FastifyRequest, VerifiedPayment>();
  const contextOf = (request: FastifyRequest) => ({
    adapter: adapterFor(request),
    path: pathOf(request),
    method: request.method,
  });

  app.addHook('preHandler', async (request, reply) => {
    if (request.is404) return undefined;
    const context = contextOf(request);
    const result = await payments.processHTTPRequest(context);
    if (result.type === 'no-payment-required') return undefined;
    if (result.type === 'payment-verified') {
      verified.set(request, result);
      const { network, asset, amount } = result.paymentRequirements;
      request.log.info({ network, asset, amount }, 'payment verified');
      return undefined;
    }
    const required = result.response.headers['PAYMENT-REQUIRED'];
    const refusal = refusalOf(context.adapter);
    request.log.info({ refusal }, 'payment required');
    return answer(reply, result.response, required === undefined ? undefined : unpaidBody(required, refusal));
  });

  app.addHook('onSend', async (request, reply, body) => {
    const payment = verified.get(request);
    if (payment === undefined) return body;
    verified.delete(request);
    if (reply.statusCode >= 400) {
      await payment.cancellationDispatcher.cancel({
        reason: 'handler_failed',
        responseStatus: reply.statusCode,
      });
      return body;
    }
    const settlement = await payments.processSettlement(
      payment.paymentPayload,
      payment.paymentRequirements,
      payment.declaredExtensions,
      { request: contextOf(request) },
    );
    const { success, transaction, network, payer } = settlement;
    if (success) {
      request.log.info({ transaction, network, payer }, 'payment settled');
      reply.headers({ ...settlement.headers, 'cache-control': 'private, no-store' });
      return body;
    }
    const { errorReason, errorMessage, response } = settlement;
    request.log.warn({ transaction, network, payer, errorReason, errorMessage }, 'payment not settled');
    const receipt = response.headers['PAYMENT-RESPONSE'];
    if (errorReason === 'settlement_pending') reply.header('retry-after', PENDING_RETRY_AFTER_SECONDS);
    reply.code(response.status).headers(response.headers);
    reply.removeHeader('content-length');
    return JSON.stringify(receipt === undefined ? { error: errorReason } : unsettledBody(receipt));
  });
}

function answer(reply: FastifyReply, response: HTTPResponseInstructions, body: unknown): FastifyReply {
  reply
    .code(response.status)
    .headers(response.headers)
    .header('cache-control', PAYMENT_REQUIRED_CACHE_CONTROL);
  return reply.send(response.isHtml === true ? response.body : (body ?? response.body));
}
