import { parseAssetId } from '@x402-facilitator/cardano';
import { z } from 'zod';
import {
  httpUrl,
  lovelaceAmount,
  milliseconds,
  port,
  positive,
  seconds,
  secret,
  unsetWhenEmpty,
} from './values.js';

/** The network names that operators write. */
export const CHAIN_NETWORKS = ['Preview', 'Preprod', 'Mainnet'] as const;

const network = z.enum(CHAIN_NETWORKS);

const budget = z
  .strictObject({
    requestsPerSecond: positive.describe('requests per second, of all replicas together'),
    burst: positive.describe('requests that may be made at once after a quiet time'),
    perDay: positive.optional().describe('requests per UTC day; unset: no limit'),
  })
  .optional()
  .describe('replaces the published limits of the tier; your own server has no limit unless this is set');

const blockfrost = z.strictObject({
  projectId: unsetWhenEmpty(secret('required unless the url is on this machine')),
  url: unsetWhenEmpty(httpUrl).describe(
    'base of a Blockfrost-shaped API; unset: the hosted one of the network',
  ),
  tier: z.enum(['free', 'paid']).default('free').describe('sets the request budget'),
  budget,
});

const fallback = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('blockfrost'),
    url: unsetWhenEmpty(httpUrl),
    projectId: unsetWhenEmpty(secret('project ID of this provider')),
    tier: z.enum(['free', 'paid']).default('free').describe('sets the request budget'),
    budget,
  }),
  z.strictObject({
    type: z.literal('koios'),
    url: unsetWhenEmpty(httpUrl),
    token: unsetWhenEmpty(secret('bearer token of this provider')),
    budget,
  }),
]);

const verificationFields = {
  graceBufferSeconds: seconds.describe('validity that a transaction must have left'),
  maxTimeoutSeconds: positive.describe('the largest maxTimeoutSeconds a seller may ask'),
  feeMinLovelace: lovelaceAmount.describe('a floor under the minimum fee of the protocol'),
  feeMaxLovelace: lovelaceAmount.describe('the largest fee accepted; a larger one is a wallet’s mistake'),
  maxInputs: positive.max(1000).describe('inputs that a payment may spend'),
  ledger: z.enum(['full', 'rules']).describe('full: the complete ledger check also judges every payment'),
  scriptDeadlineMs: milliseconds
    .min(50)
    .max(10_000)
    .describe('how long the scripts of one payment may run; at its end their thread is replaced'),
  unknownProtocolVersion: z
    .enum(['accept', 'refuse'])
    .describe('what becomes of payments at a protocol version above the highest one that is judged here'),
  shadow: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'share of payments that another judge of the ledger also looks at, to compare; 0: it is not loaded',
    ),
  acceptsSponsorWitnesses: z
    .boolean()
    .describe(
      'whether sellers may pay the fee by an offer in their requirements, and sign at /settle (docs/sponsorship.md)',
    ),
  assets: z
    .array(
      z
        .string()
        .refine(
          (text) => parseAssetId(text) !== undefined,
          'expected lovelace or policyId.assetNameHex in lower case',
        ),
    )
    .optional()
    .describe('the only assets accepted, as lovelace or policyId.assetNameHex; unset: any'),
};

export const verificationSchema = z.strictObject({
  ...verificationFields,
  graceBufferSeconds: verificationFields.graceBufferSeconds.default(30),
  maxTimeoutSeconds: verificationFields.maxTimeoutSeconds.default(3600),
  feeMinLovelace: verificationFields.feeMinLovelace.default(150_000),
  feeMaxLovelace: verificationFields.feeMaxLovelace.default(5_000_000),
  maxInputs: verificationFields.maxInputs.default(256),
  ledger: verificationFields.ledger.default('full'),
  scriptDeadlineMs: verificationFields.scriptDeadlineMs.default(500),
  unknownProtocolVersion: verificationFields.unknownProtocolVersion.default('accept'),
  shadow: verificationFields.shadow.default(0),
  acceptsSponsorWitnesses: verificationFields.acceptsSponsorWitnesses.default(false),
});

/** No defaults here: a further network inherits what it leaves out. */
const verificationOverrides = z.strictObject(verificationFields).partial();

const masumi = z.strictObject({
  blueprintPath: unsetWhenEmpty(z.string().min(1)).describe('CIP-57 blueprint, for custom deployments'),
  allowedDeployments: z
    .array(z.record(z.string(), z.unknown()))
    .default([])
    .describe('parameter sets of the custom deployments that are trusted'),
});

const node = z.strictObject({
  host: z.string().min(1).describe('host of one node'),
  port: port.describe('its port'),
});

const redis = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('host of the one Redis that all processes share'),
  port: port.default(6379).describe('its port'),
  username: unsetWhenEmpty(z.string().min(1)).describe('unset: the default user'),
  password: unsetWhenEmpty(secret('password of the Redis user')),
  db: z.int().min(0).max(65_535).default(0).describe('logical database'),
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        caPath: z.string().min(1).optional(),
        servername: z.string().min(1).optional(),
        rejectUnauthorized: z.boolean().optional(),
        certPath: z.string().min(1).optional().describe('PEM file of the client certificate'),
        keyPath: z.string().min(1).optional().describe('PEM file of its key'),
      }),
    ])
    .default(false)
    .describe('true: with the system’s certificate authorities'),
  sentinels: z.array(node).default([]).describe('sentinels to ask for the primary instead of host and port'),
  sentinelMaster: z.string().min(1).default('mymaster').describe('the primary’s name at the sentinels'),
  sentinelUsername: unsetWhenEmpty(z.string().min(1)).describe(
    'user at the sentinels; unset: the default user',
  ),
  sentinelPassword: unsetWhenEmpty(secret('password of the sentinels')),
  sentinelTls: z.boolean().default(false).describe('the sentinels speak TLS too, by the same settings'),
  durability: z
    .strictObject({
      replicas: z
        .int()
        .min(0)
        .max(10)
        .default(0)
        .describe('replicas that must have a claim or a delivery before it is acknowledged'),
      timeoutMs: milliseconds
        .min(10)
        .max(10_000)
        .default(1000)
        .describe('how long they may take; then /settle answers 503'),
    })
    .prefault({}),
  cluster: z
    .array(node)
    .max(
      0,
      'Redis Cluster is not supported, because one node of it would hold every key: use host and port, or sentinels',
    )
    .default([])
    .describe('stays empty: Redis Cluster is not supported'),
});

export const chainSchema = z
  .strictObject({
    network: network.default('Preview').describe('Mainnet needs MAINNET=true in the environment'),
    alsoServe: z
      .array(
        z.strictObject({
          network,
          blockfrost: blockfrost.prefault({}),
          fallbacks: z
            .array(fallback)
            .optional()
            .describe('further providers of this network, in the order of use'),
          verification: verificationOverrides.optional(),
          masumi: masumi.optional(),
        }),
      )
      .default([])
      .describe('further networks in the same deployment; what they leave out is inherited'),
    blockfrost: blockfrost.prefault({}),
    fallbacks: z.array(fallback).default([]).describe('further providers, in the order of use'),
    providerReserveShare: z
      .number()
      .min(0.2)
      .max(1)
      .default(0.5)
      .describe(
        'share of each provider’s burst and perDay that callers without a key leave to callers with one and to settlements; 1: they get only what is cached',
      ),
    facilitator: z
      .strictObject({
        seedPhrase: unsetWhenEmpty(secret('the wallet’s words')),
        privateKey: unsetWhenEmpty(secret('or its key, bech32 ed25519_sk1…')),
      })
      .optional()
      .describe('the wallet; only the worker may have it'),
    cache: z
      .strictObject({
        utxoTtlSeconds: seconds.default(60).describe('how stale an “unspent” may be for /verify'),
      })
      .prefault({}),
    reservation: z
      .strictObject({
        ttlSeconds: positive.default(120).describe('how long a hold lasts'),
        maxConcurrent: positive.default(20).describe('holds per payer'),
        onVerify: z.boolean().default(false).describe('a good /verify holds the inputs too'),
      })
      .prefault({}),
    redis: redis.prefault({}),
    verification: verificationSchema.prefault({}),
    follower: z
      .strictObject({
        tickMs: milliseconds.min(50).default(5000).describe('how often the follower looks at the tip'),
        keepBlocks: positive.default(100).describe('block hashes kept to notice a rollback'),
        lookAgainSeconds: positive
          .default(90)
          .describe(
            'time before a submission that is in no block is looked for; longer than a block usually takes',
          ),
        failureDepth: z
          .int()
          .min(0)
          .max(2160)
          .default(10)
          .describe(
            'blocks on top of the one that rules a payment out, before it ends as failed or expired; a rollback of more than these could still let it land',
          ),
        stabilityWindowSeconds: seconds
          .default(600)
          .describe('how long a confirmed settlement is still watched for a rollback'),
      })
      .prefault({}),
    masumi: masumi.prefault({}),
  })
  .prefault({});
