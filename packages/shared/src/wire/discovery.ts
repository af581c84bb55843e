import { z } from 'zod';
import { isoTimeSchema } from './iso-time.js';

const record = z.record(z.string(), z.unknown());
const name = z.string().max(256).optional();

/** What a resource must have to be shown: one of its terms must meet all that is asked of terms. */
const filters = z.looseObject({
  type: name.describe('http or mcp'),
  payTo: name.describe('bech32 address of the seller'),
  scheme: name.describe('one of the kinds in /supported'),
  network: name.describe('cardano:mainnet, cardano:preprod, cardano:preview or a CIP-34 alias'),
  asset: name.describe('lovelace, or policyId.assetNameHex in lower case'),
  maxAmount: z
    .string()
    .regex(/^\d{1,20}$/, 'expected atomic units as a decimal string')
    .optional()
    .describe('the highest price, in atomic units; needs asset'),
  maxUsdPrice: z
    .string()
    .regex(/^\d{1,12}(?:\.\d{1,6})?$/, 'expected dollars, such as 0.25')
    .optional()
    .describe('the highest price, of those in assets that are pegged to the US dollar'),
  extensions: name.describe('an extension that the resource declares'),
});
const count = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'expected a whole number')
    .transform((text) => Math.min(Number(text), most))
    .optional();

export const discoveryListQuerySchema = filters.extend({
  limit: count(100).describe('how many to show, at most 100; 20 when left out'),
  offset: count(1_000_000).describe('how many to skip'),
});

export const discoverySearchQuerySchema = filters.extend({
  query: z.string().min(1).max(400).describe('words'),
  limit: count(100),
  cursor: z.string().max(64).optional().describe('from the answer before'),
});

export const discoveryStatusQuerySchema = z.looseObject({
  resource: z.string().min(1).max(4096).describe('the paid URL'),
});

const resource = z.looseObject({
  resource: z.string().describe('URL, without query; of a route with parameters its template'),
  type: z.enum(['http', 'mcp']),
  x402Version: z.literal(2),
  accepts: z.array(
    z.looseObject({
      scheme: z.string(),
      network: z.string(),
      asset: z.string(),
      amount: z.string(),
      payTo: z.string(),
      maxTimeoutSeconds: z.number(),
    }),
  ),
  lastUpdated: isoTimeSchema.describe('when a payment for it last settled'),
  method: z.string().optional(),
  toolName: z.string().optional(),
  extensions: record.optional().describe('what it declares: { bazaar: { info, schema } }'),
});

export type DiscoveryResource = z.output<typeof resource>;

/** Answer of `GET /discovery/resources`. */
export const discoveryResourcesResponseSchema = z
  .object({
    x402Version: z.literal(2),
    items: z.array(resource),
    pagination: z.object({ limit: z.int(), offset: z.int(), total: z.int() }),
  })
  .meta({ id: 'DiscoveryResourcesResponse', description: 'resources that were paid for here' });

/** Answer of `GET /discovery/search`. */
export const discoverySearchResponseSchema = z
  .object({
    x402Version: z.literal(2),
    resources: z.array(resource),
    partialResults: z.boolean(),
    pagination: z.object({ limit: z.int(), cursor: z.string().nullable() }),
  })
  .meta({ id: 'DiscoverySearchResponse', description: 'the best matches first' });

const reason = z.object({
  code: z.string().describe('for programs'),
  message: z.string().describe('for people'),
  path: z.string().optional().describe('where in the declaration'),
});

/** Answer of `GET /discovery/status`. */
export const discoveryStatusResponseSchema = z
  .object({
    resource: z.string().describe('the URL as it would be listed'),
    status: z.enum(['listed', 'not_listed']),
    reason: reason.nullable().describe('why it is not listed'),
    listings: z.array(
      z.object({
        network: z.string(),
        type: z.string(),
        name: z.string().describe('method or tool'),
        payTo: z.string(),
        isListed: z.boolean(),
        reason: reason.nullable(),
        isChanging: z
          .boolean()
          .describe('the last payment declared something else: a second payer makes it what is shown'),
        lastSettledAt: isoTimeSchema.nullable(),
        expiresAt: isoTimeSchema.nullable(),
      }),
    ),
    refusals: z
      .array(
        z.object({
          network: z.string(),
          reason,
          transaction: z.string(),
          payTo: z.string(),
          at: isoTimeSchema.nullable(),
        }),
      )
      .describe('the last settled payment of each network, where it could not be listed'),
  })
  .meta({ id: 'DiscoveryStatusResponse', description: 'whether a URL is listed, and why not' });

export type DiscoveryStatusResponse = z.output<typeof discoveryStatusResponseSchema>;

/** Body of `POST /discovery/word`. */
export const discoveryWordSchema = z
  .strictObject({
    resource: z.string().max(4096).describe('the listed URL'),
    network: z.string(),
    payTo: z.string().max(256).describe('the address that its payments pay; its key must sign'),
    action: z.enum(['withdraw', 'restore']),
    at: z.iso.datetime().describe('when it is signed: within ten minutes of now'),
    signature: z
      .string()
      .max(16_384)
      .regex(/^[0-9a-f]+$/i)
      .describe('COSE_Sign1 in hex, as CIP-30 signData returns it'),
    key: z
      .string()
      .max(1024)
      .regex(/^[0-9a-f]+$/i)
      .describe('COSE_Key in hex'),
  })
  .meta({ description: 'a seller’s signed word about its listings' });

export type DiscoveryWord = z.output<typeof discoveryWordSchema>;

export const discoveryWordResponseSchema = z
  .object({ changed: z.int().describe('listings that it was about') })
  .meta({ id: 'DiscoveryWordResponse' });
