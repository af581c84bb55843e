import { x402ResourceServer } from '@x402/core/server';
import { withX402 } from '@x402/next';
import { CardanoFacilitatorClient, Delivery, ExactCardanoScheme } from '@x402-facilitator/server';
import { deliverOnce } from '@x402-facilitator/server/next';
import { cardanoPaywall } from '@x402-facilitator/server/paywall';
import { type NextRequest, NextResponse } from 'next/server.js';

const { FACILITATOR_URL = 'http://127.0.0.1:3000', PAY_TO = '' } = process.env;

const cardano = new ExactCardanoScheme();
const facilitator = new CardanoFacilitatorClient({ url: FACILITATOR_URL });
const server = new x402ResourceServer(facilitator).register('cardano:*', cardano);
const network = 'cardano:preview';
const accepts = cardano.accepts({ network, payTo: PAY_TO, price: '2 ADA', confirmations: 0 });

const handler = async (_request: NextRequest) =>
  NextResponse.json({ title: 'Market report', at: new Date().toISOString() });

/** Paid once, answered once, and the same again to the same payment. */
export const GET = deliverOnce(new Delivery(), handler, (handle) =>
  withX402(handle, { accepts, description: 'A market report' }, server, undefined, cardanoPaywall()),
);
