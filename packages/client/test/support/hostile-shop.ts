import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setInterval } from 'node:timers';
import { encodePaymentRequiredHeader, encodePaymentResponseHeader } from '@x402/core/http';
import type { PaymentRequirements } from '@x402/core/types';
import { onTestFinished } from 'vitest';
import { type BuyerOptions, createBuyer, type SpendLimits } from '../../src/index.js';
import { countSignatures, type Granted, newAddress, openChain, TOKEN, tokens } from './chain.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on a free port of this machine that stops with the test. */
export async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers that never end, or never begin, as handlers. `sent` is how many bytes of them were taken. */
export function endlessAnswers() {
  let sent = 0;
  const chunk = 'x'.repeat(65_536);
  return {
    sent: () => sent,
    without: (response: ServerResponse, status = 200) => {
      response.writeHead(status);
      const more = () => {
        do sent += chunk.length;
        while (response.write(chunk) && !response.destroyed);
      };
      response.on('drain', more);
      more();
    },
    inDrops: (response: ServerResponse, status = 200) => {
      response.writeHead(status);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    },
    never: (_: ServerResponse) => undefined,
    half: (response: ServerResponse, status = 200) => {
      response.writeHead(status).write('{"half":');
    },
  };
}

/** Ten ADA a payment, and any amount of the test token. */
export const LIMITS = { lovelace: { perPayment: 10_000_000n }, [TOKEN]: {} } satisfies SpendLimits;

/** An honest sponsor's answer. */
export function lending(lent: Granted, payer: string, change: Readonly<Record<string, unknown>> = {}) {
  const { lovelace, ...input } = lent;
  return {
    id: 'ab'.repeat(16),
    network: 'cardano:preview',
    payer,
    state: 'reserved',
    input: { ...input, lovelace: String(lovelace) },
    changeAddress: lent.address,
    maxFeeLovelace: '400000',
    minAdaLovelace: '1200000',
    ...change,
  };
}

/** A payer on a devnet, and a shop that names a sponsor which answers as the test says. */
export async function visitShop(
  options: {
    readonly price?: Partial<PaymentRequirements>;
    /** The sponsor's address in the 402, if it is not the sponsor of this test. */
    readonly url?: string;
    readonly payer?: Partial<BuyerOptions>;
  } = {},
) {
  const chain = await openChain();
  const signatures = countSignatures();
  const asked: string[] = [];
  const shown: string[] = [];
  let answer: Handler = (_, response) => response.writeHead(503).end('{"message":"nothing to lend"}');

  const sponsorUrl = await serve((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  const payTo = newAddress();
  const price: PaymentRequirements = {
    scheme: 'exact',
    network: 'cardano:preview',
    asset: TOKEN,
    amount: '10',
    payTo,
    maxTimeoutSeconds: 600,
    extra: {},
    ...options.price,
  };
  const shopUrl = await serve((request, response) => {
    const payment = request.headers['payment-signature'];
    if (typeof payment === 'string') {
      shown.push(payment);
      const receipt = { success: true, transaction: 'c'.repeat(64), network: price.network };
      response.setHeader('payment-response', encodePaymentResponseHeader(receipt));
      response.writeHead(200).end('{}');
      return;
    }
    const required = encodePaymentRequiredHeader({
      x402Version: 2,
      error: 'Payment required',
      resource: { url: `http://${request.headers.host}/` },
      accepts: [price],
      extensions: { cardanoFeeSponsorship: { info: { url: options.url ?? `${sponsorUrl}/sponsorships` } } },
    });
    response.setHeader('payment-required', required);
    response.writeHead(402).end('{}');
  });
  const payer = createBuyer({ wallet: chain.wallet, limits: LIMITS, ...options.payer });
  return {
    ...chain,
    price,
    payTo,
    sponsorUrl,
    signatures,
    /** Paths that the payer asked the sponsor for. */
    asked,
    /** Payments that reached the shop. */
    shown,
    pay: () => payer.buy(`${shopUrl}/`),
    answerWith: (handler: Handler) => {
      answer = handler;
    },
    lend: (body: unknown) => {
      answer = (_, response) => void response.writeHead(201).end(JSON.stringify(body));
    },
  };
}

/** As above, but all the payer's ADA is bound to its tokens, so it must ask for a sponsor. */
export async function visitWithoutAda(options: Parameters<typeof visitShop>[0] = {}) {
  const visit = await visitShop(options);
  visit.grant(visit.wallet.address, 1_300_000n, tokens(25n));
  return visit;
}
