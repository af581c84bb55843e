import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { x402ResourceServer } from '@x402/core/server';
import { paymentMiddleware } from '@x402/express';
import { CardanoFacilitatorClient, Delivery, ExactCardanoScheme } from '@x402-facilitator/server';
import { deliverOnce } from '@x402-facilitator/server/express';
import { cardanoPaywall } from '@x402-facilitator/server/paywall';
import type { Stack } from '@x402-facilitator/tools/stack';
import express from 'express';

/** Text that a seller, or a caller of a seller, could put anywhere. */
export const HOSTILE =
  '</script></style></title>"\'><img src=x onerror="window.taken=1"><script>window.taken=2</script>javascript:window.taken=3';

/** The smallest picture. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A shop in Express with a page for people. How often each handler has run is in `runs`. */
export async function startPaywallShop(
  stack: Stack,
  options: { readonly facilitatorUrl: string; readonly settleWithinMs: number },
) {
  const cardano = new ExactCardanoScheme();
  const { facilitatorUrl: url, settleWithinMs } = options;
  const facilitator = new CardanoFacilitatorClient({ url, settleWithinMs });
  const server = new x402ResourceServer(facilitator).register('cardano:*', cardano);
  const { network, payTo } = stack;
  const priced = (price: string | { asset: string; amount: string }) =>
    cardano.accepts({ network, payTo, price, confirmations: 0 });
  const about = (description: string) => ({ accepts: priced('2 ADA'), description });
  const changing = { lovelace: 2_000_000 };
  const app = express();
  app.use(
    deliverOnce(
      new Delivery({ maxAnswerBytes: 200_000 }),
      paymentMiddleware(
        {
          'GET /report': { ...about('Market report, November 2026'), serviceName: 'The Daily Ledger' },
          'GET /article': about('An article'),
          'GET /picture': about('A picture'),
          'GET /paper.pdf': about('A paper'),
          'GET /large': about('An article that is too large to be kept'),
          'GET /choice': {
            accepts: [priced('2 ADA'), priced({ asset: stack.token, amount: '10' })],
            description: 'A report, for ADA or for tokens',
          },
          'GET /changing': {
            accepts: {
              ...priced('2 ADA'),
              price: () => ({ asset: 'lovelace', amount: String(changing.lovelace) }),
            },
            description: 'A report at the price of the day',
          },
          'POST /order': about('An order, which a form sends'),
          'GET /hostile': {
            accepts: priced('2 ADA'),
            description: HOSTILE,
            serviceName: HOSTILE,
            resource: HOSTILE,
            iconUrl: 'javascript:window.taken=4',
          },
        },
        server,
        undefined,
        cardanoPaywall(),
      ),
    ),
  );
  const runs: string[] = [];
  app.use((request, _, next) => {
    runs.push(request.path);
    next();
  });
  const report = { title: 'Market report', trend: 'sideways' };
  app.get(['/report', '/choice', '/changing', '/hostile'], (_, response) => void response.json(report));
  app.get('/article', (_, response) => {
    response.set('content-security-policy', "script-src 'unsafe-inline'; style-src 'unsafe-inline'");
    response.send(ARTICLE);
  });
  app.get('/large', (_, response) => void response.send(ARTICLE + ' '.repeat(300_000)));
  app.get('/picture', (_, response) => void response.type('png').send(PICTURE));
  app.get('/paper.pdf', (_, response) => void response.type('pdf').send(Buffer.from('%PDF-1.4\n')));

  const http = createServer({ maxHeaderSize: 65_536 }, app);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    runs,
    /** What `/changing` costs now. */
    changing,
    async stop() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const ARTICLE = `<!doctype html><html lang="en"><title>The article</title><style>h1 { color: rgb(1, 2, 3) }</style>
<h1>What was bought</h1><script>document.title = 'The article, with its own script'</script></html>`;
