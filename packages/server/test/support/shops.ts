import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { PaymentOption } from '@x402/core/http';
import { type PaywallProvider, type RoutesConfig, x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware as expressPayments } from '@x402/express';
import { paymentMiddleware as honoPayments } from '@x402/hono';
import { withX402 } from '@x402/next';
import type { Stack } from '@x402-facilitator/tools/stack';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { NextRequest, NextResponse } from 'next/server.js';
import { onTestFinished } from 'vitest';
import { x402ResourceServer as NextResourceServer } from 'x402-core-oldest/server';
import { deliverOnce as deliverExpress } from '../../src/express/index.js';
import { payments } from '../../src/fastify/index.js';
import { deliverOnce as deliverHono } from '../../src/hono/index.js';
import {
  CardanoFacilitatorClient,
  Delivery,
  type DeliveryOptions,
  ExactCardanoScheme,
  type FeeSponsor,
} from '../../src/index.js';
import { deliverOnce as deliverNext } from '../../src/next/index.js';

export const FRAMEWORKS = ['express', 'hono', 'fastify', 'next'] as const;
export type Framework = (typeof FRAMEWORKS)[number];

/** What the handler of `/report` answers with. */
export type Made = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type ShopOptions = {
  readonly framework: Framework;
  readonly facilitatorUrl: string;
  /** Gets the number of the run, from 1 on, and the query. */
  readonly handle: (run: number, query: string) => Promise<Made> | Made;
  readonly delivery?: DeliveryOptions;
  readonly settleWithinMs?: number;
  readonly confirmations?: number;
  /** The price, if it is not 2 ADA. */
  readonly accepts?: PaymentOption;
  /** Makes the page for people. */
  readonly paywall?: PaywallProvider;
  readonly feeSponsor?: FeeSponsor;
};

/** A shop that sells `/report`, and gives `/free` away. */
export async function startShop(stack: Stack, options: ShopOptions) {
  const { framework, facilitatorUrl, handle, settleWithinMs = 20_000, confirmations = 0 } = options;
  const cardano = new ExactCardanoScheme(
    options.feeSponsor === undefined ? {} : { feeSponsor: options.feeSponsor },
  );
  const facilitator = new CardanoFacilitatorClient({
    url: facilitatorUrl,
    settleWithinMs,
    verifyWithinMs: 5_000,
  });
  const { network, payTo } = stack;
  const {
    accepts = cardano.accepts({ network, payTo, price: '2 ADA', confirmations }),
    delivery,
    paywall,
  } = options;
  const runs: string[] = [];
  const make = (query: string) => {
    runs.push(query);
    return handle(runs.length, query);
  };
  const listener = await LISTENERS[framework]({
    accepts,
    facilitator,
    cardano,
    delivery: new Delivery(delivery),
    make,
    paywall,
  });
  const http: Server = createServer({ maxHeaderSize: 65_536 }, listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, runs, stop };
}

type Parts = {
  readonly accepts: PaymentOption;
  readonly facilitator: CardanoFacilitatorClient;
  readonly cardano: ExactCardanoScheme;
  readonly delivery: Delivery;
  readonly make: (query: string) => Promise<Made> | Made;
  readonly paywall: PaywallProvider | undefined;
};

const routesOf = ({ accepts }: Parts): RoutesConfig => ({ 'GET /report': { accepts } });
const serverOf = ({ facilitator, cardano }: Parts) =>
  new x402ResourceServer(facilitator).register('cardano:*', cardano);

const LISTENERS: Record<Framework, (parts: Parts) => Promise<RequestListener>> = {
  async express(parts) {
    const { delivery, make, paywall } = parts;
    const app = express();
    app.use(deliverExpress(delivery, expressPayments(routesOf(parts), serverOf(parts), undefined, paywall)));
    app.get('/report', async (request, response) => {
      const { status = 200, headers = {}, body } = await make(request.originalUrl);
      response.status(status).set(headers);
      // In pieces, as a handler that streams writes.
      response.write(body.subarray(0, 3));
      response.end(body.subarray(3));
    });
    app.get('/free', (_, response) => {
      response.send('free');
    });
    return app;
  },
  async hono(parts) {
    const { delivery, make, paywall } = parts;
    const app = new Hono();
    app.use(deliverHono(delivery, honoPayments(routesOf(parts), serverOf(parts), undefined, paywall)));
    app.get('/report', async (context) => {
      const { status = 200, headers = {}, body } = await make(context.req.url);
      return new Response(Uint8Array.from(body), { status, headers });
    });
    app.get('/free', (context) => context.text('free'));
    return getRequestListener(app.fetch) as unknown as RequestListener;
  },
  async fastify(parts) {
    const { delivery, make, paywall } = parts;
    let listener: RequestListener | undefined;
    const app = fastify({
      serverFactory: (handler) => {
        listener = handler as RequestListener;
        return createServer(listener);
      },
    });
    await app.register(payments, {
      routes: routesOf(parts),
      server: serverOf(parts),
      delivery,
      ...(paywall && { paywall }),
    });
    app.get('/report', async (request, reply) => {
      const { status = 200, headers = {}, body } = await make(request.url);
      return reply.code(status).headers(headers).send(body);
    });
    app.get('/free', async () => 'free');
    await app.ready();
    return (request, response) => listener?.(request, response);
  },
  async next({ accepts, facilitator, cardano, delivery, make, paywall }) {
    // The newest `@x402/next` brings an older core than the others.
    const server = new NextResourceServer(facilitator).register('cardano:*', cardano);
    const handler = async ({ nextUrl }: NextRequest) => {
      const { status = 200, headers = {}, body } = await make(nextUrl.pathname + nextUrl.search);
      return new NextResponse(Uint8Array.from(body), { status, headers });
    };
    const report = deliverNext(delivery, handler, (handle) =>
      withX402(handle, { accepts }, server, undefined, paywall),
    );
    return getRequestListener((request) =>
      new URL(request.url).pathname === '/free'
        ? new Response('free')
        : report(new NextRequest(request.url, { method: request.method, headers: request.headers })),
    ) as unknown as RequestListener;
  },
};
