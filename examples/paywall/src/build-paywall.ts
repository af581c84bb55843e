import { x402ResourceServer } from '@x402/core/server';
import type { Network } from '@x402/core/types';
import { CardanoFacilitatorClient, ExactCardanoScheme, feeSponsorship } from '@x402-facilitator/server';
import { payments } from '@x402-facilitator/server/fastify';
import { cardanoPaywall } from '@x402-facilitator/server/paywall';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { catalogue } from './catalogue.js';

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
  /** How long a request waits for its settlement before the buyer is told to come back. */
  readonly settleWithinMs?: number | undefined;
  readonly logger?: FastifyServerOptions['logger'];
  readonly now?: (() => Date) | undefined;
};

const DEFAULT_MAX_TIMEOUT_SECONDS = 600;
const DEFAULT_SETTLE_WITHIN_MS = 90_000;

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
  const { network, payTo, sponsorshipUrl } = options;
  const articles = catalogue({ tokenAsset: options.tokenAsset, now: options.now ?? (() => new Date()) });
  const cardano = new ExactCardanoScheme();
  const facilitator = new CardanoFacilitatorClient({
    url: options.facilitatorUrl,
    apiKey: options.facilitatorApiKey,
    settleWithinMs: options.settleWithinMs ?? DEFAULT_SETTLE_WITHIN_MS,
  });
  const app = fastify({
    logger: options.logger ?? false,
    exposeHeadRoutes: false,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
  });
  await app.register(payments, {
    // Who opens an article in a browser can pay there.
    paywall: cardanoPaywall(),
    server: new x402ResourceServer(facilitator).register(network, cardano),
    routes: Object.fromEntries(
      articles.map(({ path, description, price, confirmations, declares }) => [
        `GET ${path}`,
        {
          accepts: cardano.accepts({
            network,
            payTo,
            price,
            confirmations,
            maxTimeoutSeconds: options.maxTimeoutSeconds ?? DEFAULT_MAX_TIMEOUT_SECONDS,
          }),
          description,
          mimeType: 'application/json',
          extensions: {
            ...(sponsorshipUrl === undefined ? {} : feeSponsorship(sponsorshipUrl)),
            ...(declares === undefined ? {} : { bazaar: declares }),
          },
        },
      ]),
    ),
  });
  for (const { path, deliver } of articles) app.get(path, async () => deliver());
  app.get('/', async () => ({
    name: 'A paywall on Cardano',
    network,
    articles: articles.map(({ deliver: _, declares: __, ...article }) => article),
  }));
  app.get('/health', async () => ({ status: 'ok' }));
  return app;
}
