import { x402ResourceServer } from '@x402/core/server';
import { withX402 } from '@x402/next';
import { CardanoFacilitatorClient, Delivery, ExactCardanoScheme } from '@x402-facilitator/server';
import { deliverOnce } from '@x402-facilitator/server/next';
import { cardanoPaywall } from '@x402-facilitator/server/paywall';
import { type NextRequest, NextResponse } from 'next/server.js';

const handler = async (_request: NextRequest) =>
  NextResponse.json({ title: 'Market report', at: new Date().toISOString() });

/** Paid once, answered once, and the same again to the same payment. */
function openRoute() {
  const { FACILITATOR_URL: url = 'http://127.0.0.1:3000', PAY_TO: payTo = '' } = process.env;
  const cardano = new ExactCardanoScheme();
  const server = new x402ResourceServer(new CardanoFacilitatorClient({ url })).register('cardano:*', cardano);
  const accepts = cardano.accepts({ network: 'cardano:preview', payTo, price: '2 ADA', confirmations: 0 });
  return deliverOnce(new Delivery(), handler, (handle) =>
    withX402(handle, { accepts, description: 'A market report' }, server, undefined, cardanoPaywall()),
  );
}

let route: ReturnType<typeof openRoute> | undefined;

/** `next build` loads this file where the shop's settings may be missing, so they are read with the first request. */
export const GET = (request: NextRequest) => {
  route ??= openRoute();
  return route(request);
};
