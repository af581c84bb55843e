import { x402ResourceServer } from '@x402/core/server';
import { keysOf } from '@x402-facilitator/client';
import { CardanoFacilitatorClient, ExactCardanoScheme } from '@x402-facilitator/server';
import { payments } from '@x402-facilitator/server/fastify';
import { cardanoPaywall } from '@x402-facilitator/server/paywall';
import { type FastifyInstance, type FastifyServerOptions, fastify } from 'fastify';
import type { ShopEnvironment } from './environment.js';
import { createRate } from './rate.js';
import { openTill, type Till } from './till.js';

/** A payment in a header can be larger than the 16 KiB that Node takes. */
const MAX_HEADER_BYTES = 65_536;

export type Shop = { readonly app: FastifyInstance; readonly till: Till };

/**
 * A shop that sells an echo, and the till that pays it back.
 *
 * @throws Error for a price that could not go back, and when facilitator or chain do not answer.
 */
export async function buildShop(
  environment: Omit<ShopEnvironment, 'host' | 'port' | 'pollMs'>,
  logger: FastifyServerOptions['logger'] = false,
): Promise<Shop> {
  const { chain, token, perHour, confirmations } = environment;
  const { network } = chain;
  const app = fastify({ logger, exposeHeadRoutes: false, http: { maxHeaderSize: MAX_HEADER_BYTES } });
  const keys = await keysOf({ seedPhrase: environment.seedPhrase }, network);
  const till = openTill({
    chain,
    keys,
    float: token && {
      keys: await keysOf({ seedPhrase: token.floatSeedPhrase }, network),
      asset: token.asset,
      amount: BigInt(token.amount),
    },
    confirmations,
    perHour,
    log: (event, message) => app.log.info(event, message),
  });
  const cardano = new ExactCardanoScheme();
  const sold = (price: string) => cardano.accepts({ network, payTo: till.address, price, confirmations });
  const inAda = sold(environment.price);
  const least = await till.leastPrice();
  const { asset, amount } = Object(inAda.price) as { readonly asset: string; readonly amount: string };
  if (asset !== 'lovelace' || BigInt(amount) < least)
    throw new Error(
      `PRICE: expected at least ${least} lovelace, which is what an output must hold and the fee of its return, found ${environment.price}`,
    );

  const facilitator = new CardanoFacilitatorClient({
    url: environment.facilitatorUrl,
    ...(environment.facilitatorApiKey === undefined ? {} : { apiKey: environment.facilitatorApiKey }),
  });
  const isAdmitted = createRate(perHour, Date.now);
  const server = new x402ResourceServer(facilitator)
    .register(network, cardano)
    .onAfterVerify(async ({ result, paymentPayload }) => {
      if (!result.isValid || isAdmitted(result.payer ?? '', JSON.stringify(paymentPayload.payload))) return;
      const message = `this payer has paid ${perHour} times in an hour: nothing was taken, come back later`;
      return { abort: true, reason: 'too_many_payments', message };
    });
  await app.register(payments, {
    server,
    paywall: cardanoPaywall(),
    routes: {
      'GET /echo': {
        accepts: inAda,
        description: 'An echo: what you pay comes back, less the fee of its return',
      },
      ...(token === undefined
        ? {}
        : {
            'GET /echo-token': {
              accepts: sold(`${token.amount} ${token.asset}`),
              description: 'An echo in a token: all of it comes back, with its ADA',
            },
          }),
    },
  });

  const comesBack = (what: string) => ({
    echo: `${what}, to the address that paid, by a transaction that spends this very payment`,
    when: `${confirmations} ${confirmations === 1 ? 'block is' : 'blocks are'} on top of the payment`,
    watch: '/returns/TRANSACTION, with the transaction of PAYMENT-RESPONSE',
    stays: 'what a script paid, and what is less than a return costs',
  });
  app.get('/echo', async () =>
    comesBack('what you paid comes back less the fee of the return, near 0.17 ADA'),
  );
  if (token !== undefined)
    app.get('/echo-token', async (_, reply) => {
      // A status of 400 or more is not settled: nothing is taken.
      if (till.floatLovelace() < environment.leastFloatLovelace)
        return reply.code(503).send({
          error: 'float_too_small',
          message: `the shop's own ADA, which pays for returns of tokens, is below ${environment.leastFloatLovelace} lovelace: nothing was taken`,
        });
      return comesBack('all that you paid comes back, the token and its ADA');
    });
  app.get('/', async () => ({
    name: 'An echo shop: what you pay comes back',
    network,
    facilitator: environment.facilitatorUrl,
    sells: { '/echo': environment.price, ...(token && { '/echo-token': `${token.amount} ${token.asset}` }) },
    till: till.address,
    ...comesBack('what you pay comes back'),
  }));
  app.get<{ Params: { transaction: string } }>('/returns/:transaction', async (request, reply) => {
    const states = till.statesOf(request.params.transaction);
    if (states.length > 0) return { payments: states };
    return reply.code(404).send({
      error: 'not_seen',
      message: 'this process has not seen it in the till. It comes back all the same, if it is there',
    });
  });
  app.get('/health', async () => ({ status: 'ok' }));
  return { app, till };
}
