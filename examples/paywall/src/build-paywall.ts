import {
  getFacilitatorResponseError,
  HTTPFacilitatorClient,
  type RoutesConfig,
  x402HTTPResourceServer,
  x402ResourceServer,
} from '@x402/core/server';
import type { Network } from '@x402/core/types';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { catalogue } from './catalogue.js';
import { ExactCardanoServer } from './exact-cardano-server.js';
import { protectRoutes } from './payment-plugin.js';

export type PaywallOptions = {
  /** Base URL of any x402 v2 facilitator that serves `exact` on the network. */
  readonly facilitatorUrl: string;
  /** Sent to the facilitator as a bearer token, if it requires one. */
  readonly facilitatorApiKey?: string | undefined;
  /** The address that gets the money. */
  readonly payTo: string;
  /** `cardano:preview`, `cardano:preprod` or `cardano:mainnet`. */
  readonly network: Network;
  /** `<policyId>.<assetNameHex>`: adds articles that are paid in this token. */
  readonly tokenAsset?: string | undefined;
  /** Where payers may ask for a sponsored fee, such as the facilitator's `/sponsorships`. The 402 names it. */
  readonly sponsorshipUrl?: string | undefined;
  /** How long a payer may take from signing to settlement; Cardano needs minutes, not seconds. */
  readonly maxTimeoutSeconds?: number | undefined;
  readonly logger?: FastifyServerOptions['logger'];
  readonly now?: (() => Date) | undefined;
};

const DEFAULT_MAX_TIMEOUT_SECONDS = 600;

/**
 * PAYMENT-SIGNATURE holds a transaction, base64 twice. The largest, of 16 KiB, makes about 32 KiB of header; Node takes 16 KiB
 * of headers unless told otherwise.
 */
const MAX_HEADER_BYTES = 65_536;

/**
 * Builds the server. It asks the facilitator what it can settle, and does not start with a price that the facilitator
 * cannot settle.
 *
 * @throws when the facilitator does not answer or does not support a priced route.
 */
export async function buildPaywall(options: PaywallOptions): Promise<FastifyInstance> {
  const { facilitatorApiKey, network, payTo } = options;
  const articles = catalogue({ tokenAsset: options.tokenAsset, now: options.now ?? (() => new Date()) });
  const resourceServer = new x402ResourceServer(
    new HTTPFacilitatorClient({
      url: options.facilitatorUrl,
      ...(facilitatorApiKey === undefined ? {} : { createAuthHeaders: bearer(facilitatorApiKey) }),
    }),
  ).register(network, new ExactCardanoServer());

  const routes: RoutesConfig = Object.fromEntries(
    articles.map((article) => [
      `GET ${article.path}`,
      {
        accepts: {
          scheme: 'exact',
          network,
          payTo,
          price: article.price,
          maxTimeoutSeconds: options.maxTimeoutSeconds ?? DEFAULT_MAX_TIMEOUT_SECONDS,
          extra: { confirmationPolicy: { l1Confirmations: article.confirmations } },
        },
        description: article.description,
        mimeType: 'application/json',
        ...(options.sponsorshipUrl === undefined
          ? {}
          : { extensions: { cardanoFeeSponsorship: { info: { url: options.sponsorshipUrl } } } }),
      },
    ]),
  );
  const payments = new x402HTTPResourceServer(resourceServer, routes);
  await payments.initialize();

  const app = fastify({
    logger: options.logger ?? false,
    exposeHeadRoutes: false,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
  });
  app.setErrorHandler((error, request, reply) => {
    const facilitatorError = getFacilitatorResponseError(error);
    if (facilitatorError === null) return reply.send(error);
    request.log.error({ err: facilitatorError }, 'the facilitator gave an unusable answer');
    return reply.code(502).send({ error: 'facilitator_unavailable', message: facilitatorError.message });
  });
  protectRoutes(app, payments, rememberRefusals(resourceServer));
  for (const { path, deliver } of articles) app.get(path, async () => deliver());
  app.get('/', async () => ({
    name: 'A paywall on Cardano',
    network,
    articles: articles.map(({ deliver: _, ...article }) => article),
  }));
  app.get('/health', async () => ({ status: 'ok' }));
  return app;
}

function bearer(key: string) {
  const headers = { authorization: `Bearer ${key}` };
  return async () => ({ verify: headers, settle: headers, supported: headers });
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
