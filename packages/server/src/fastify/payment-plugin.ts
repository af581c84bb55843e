import { buffer } from 'node:stream/consumers';
import {
  getFacilitatorResponseError,
  type HTTPProcessResult,
  PAYMENT_REQUIRED_CACHE_CONTROL,
  type PaywallProvider,
  type RoutesConfig,
  x402HTTPResourceServer,
  type x402ResourceServer,
} from '@x402/core/server';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { Delivery, type DeliveryAttempt, lastingHeaders, type RecordedAnswer } from '../delivery/index.js';
import { type PageVisit, runPageVisit } from '../page-visit/index.js';
import { contextOf } from './fastify-adapter.js';
import { unpaidBody, unsettledBody } from './unpaid-body.js';

/** Which routes are sold, by which server. */
export type PaymentsOptions = {
  /** The priced routes, as every middleware of `@x402/*` takes them. */
  readonly routes: RoutesConfig;
  readonly server: x402ResourceServer;
  /** One of its own by default, in memory. */
  readonly delivery?: Delivery;
  /** Makes the page that a person sees in a browser: `cardanoPaywall()`. */
  readonly paywall?: PaywallProvider;
};

/** A request on its way through a priced route. */
type Sale = {
  /** Undefined where the payment is not one that delivery can tell apart. */
  readonly attempt: DeliveryAttempt | undefined;
  /** Undefined when it was not verified. */
  readonly payment?: Extract<HTTPProcessResult, { type: 'payment-verified' }>;
};

const protectRoutes: FastifyPluginAsync<PaymentsOptions> = async (
  app,
  { routes, server, delivery = new Delivery(), paywall },
) => {
  const resource = new x402HTTPResourceServer(server, routes);
  if (paywall !== undefined) resource.registerPaywallProvider(paywall);
  const refusalOf = rememberRefusals(server);
  const sales = new WeakMap<FastifyRequest, Sale>();
  await resource.initialize();

  app.addHook('preHandler', async (request, reply) => {
    const context = contextOf(request);
    if (request.is404 || !resource.requiresPayment(context)) return undefined;
    const delivered = await delivery.open({
      method: request.method,
      url: request.url,
      payment: context.adapter.getHeader('payment-signature'),
      cookie: context.adapter.getHeader('cookie'),
    });
    if (delivered.kind === 'answer') return send(reply, delivered.answer);
    const attempt = delivered.kind === 'attempt' ? delivered.attempt : undefined;
    // Whatever happens from here on, an answer is sent, and ends the attempt.
    sales.set(request, { attempt });
    const visit: PageVisit = {
      method: context.method,
      acceptLanguage: context.adapter.getHeader('accept-language'),
    };
    const result = await runPageVisit(visit, () =>
      runIn(attempt, () => resource.processHTTPRequest(context)),
    ).catch((error: unknown) => unusable(request, error));
    if ('error' in result) return reply.code(502).send(result);
    if (result.type === 'no-payment-required') return undefined;
    if (result.type === 'payment-verified') {
      sales.set(request, { attempt, payment: result });
      const { network, asset, amount } = result.paymentRequirements;
      request.log.info({ network, asset, amount }, 'payment verified');
      return attempt?.made === undefined ? undefined : send(reply, attempt.made);
    }
    const { response } = result;
    const refusal = refusalOf(context.adapter);
    request.log.info({ refusal }, 'payment required');
    reply.code(response.status).headers({ ...response.headers, ...visit.headers });
    reply.header('cache-control', PAYMENT_REQUIRED_CACHE_CONTROL);
    const required = response.headers['PAYMENT-REQUIRED'];
    if (required === undefined) return reply.send(response.body);
    return reply.send(response.isHtml === true ? response.body : unpaidBody(required, refusal));
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const sale = sales.get(request);
    if (sale === undefined) return payload;
    sales.delete(request);
    const made = await record(reply, payload);
    const answer = sale.payment === undefined ? made : await settle(request, made, sale, sale.payment);
    const final = (await sale.attempt?.finish(answer)) ?? delivery.complete(answer);
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    reply.code(final.status).headers(headersOf(final));
    return Buffer.from(final.body);
  });

  async function settle(
    request: FastifyRequest,
    made: RecordedAnswer,
    { attempt }: Sale,
    payment: NonNullable<Sale['payment']>,
  ): Promise<RecordedAnswer> {
    if (made.status >= 400) {
      await payment.cancellationDispatcher.cancel({ reason: 'handler_failed', responseStatus: made.status });
      return made;
    }
    await attempt?.keepMade(made);
    const settlement = await runIn(attempt, () =>
      resource.processSettlement(
        payment.paymentPayload,
        payment.paymentRequirements,
        payment.declaredExtensions,
        {
          request: contextOf(request),
          responseBody: Buffer.from(made.body),
          responseHeaders: Object.fromEntries(made.headers),
        },
      ),
    ).catch((error: unknown) => unusable(request, error));
    if ('error' in settlement) return jsonAnswer(502, {}, settlement);
    const { success, transaction, network, payer } = settlement;
    if (success) {
      request.log.info({ transaction, network, payer }, 'payment settled');
      return withHeaders(made, { ...settlement.headers, 'cache-control': 'private, no-store' });
    }
    const { errorReason, errorMessage, response } = settlement;
    request.log.warn({ transaction, network, payer, errorReason, errorMessage }, 'payment not settled');
    const receipt = response.headers['PAYMENT-RESPONSE'];
    const body = receipt === undefined ? { error: errorReason } : unsettledBody(receipt);
    return jsonAnswer(response.status, response.headers, body);
  }
};

/**
 * Adds the payment to every priced route: verify before the handler runs, settle after it succeeded and before anything
 * is sent; and each payment is answered once. Register it before the routes.
 *
 * Registering rejects when the facilitator does not answer, or does not support a priced route.
 *
 * @example
 * await app.register(payments, { routes, server });
 */
export const payments = fastifyPlugin(protectRoutes, {
  fastify: '5.x',
  name: '@x402-facilitator/server',
});

const runIn = <T>(attempt: DeliveryAttempt | undefined, act: () => T): T =>
  attempt === undefined ? act() : attempt.run(act);

/** The facilitator gave no usable answer: not the buyer's fault, and the same payment may be shown again. */
function unusable(
  request: FastifyRequest,
  error: unknown,
): { readonly error: string; readonly message: string } {
  const facilitatorError = getFacilitatorResponseError(error);
  if (facilitatorError === null) throw error;
  request.log.error({ err: facilitatorError }, 'the facilitator gave an unusable answer');
  return { error: 'facilitator_unavailable', message: facilitatorError.message };
}

async function record(reply: FastifyReply, payload: unknown): Promise<RecordedAnswer> {
  return {
    status: reply.statusCode,
    headers: lastingHeaders(Object.entries(reply.getHeaders())),
    body: await bytesOf(payload),
  };
}

async function bytesOf(payload: unknown): Promise<Uint8Array> {
  if (payload === null || payload === undefined) return new Uint8Array();
  if (typeof payload === 'string') return Buffer.from(payload);
  if (payload instanceof Uint8Array) return payload;
  if (payload instanceof Response) return new Uint8Array(await payload.arrayBuffer());
  return buffer(payload as AsyncIterable<Uint8Array>);
}

function withHeaders(answer: RecordedAnswer, headers: Readonly<Record<string, string>>): RecordedAnswer {
  const set = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const others = answer.headers.filter(([name]) => !set.has(name.toLowerCase()));
  return { ...answer, headers: [...others, ...Object.entries(headers)] };
}

function jsonAnswer(status: number, headers: Readonly<Record<string, string>>, body: object): RecordedAnswer {
  const answer = { status, headers: Object.entries(headers), body: Buffer.from(JSON.stringify(body)) };
  return withHeaders(answer, { 'content-type': 'application/json; charset=utf-8' });
}

function headersOf({ headers }: RecordedAnswer): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const known = values[name];
    values[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
  }
  return values;
}

function send(reply: FastifyReply, answer: RecordedAnswer): FastifyReply {
  return reply.code(answer.status).headers(headersOf(answer)).send(Buffer.from(answer.body));
}

/** `@x402/core` puts only the code of a refusal into the 402, so the sentence that explains it is caught here. */
function rememberRefusals(server: x402ResourceServer): (adapter: object) => string | undefined {
  const refusals = new WeakMap<object, string>();
  server.onAfterVerify(async ({ result, transportContext }) => {
    const { isValid, invalidReason, invalidMessage } = result;
    const adapter = (transportContext as { request?: { adapter?: object } } | undefined)?.request?.adapter;
    if (!isValid && adapter !== undefined)
      refusals.set(adapter, invalidMessage ?? invalidReason ?? 'the payment was refused');
  });
  return (adapter) => refusals.get(adapter);
}
