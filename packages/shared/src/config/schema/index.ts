import { z } from 'zod';
import { archiveSchema } from './archive.js';
import { chainSchema } from './chain.js';
import { discoverySchema } from './discovery.js';
import {
  envSchema,
  loggingSchema,
  metricsSchema,
  otelSchema,
  rateLimitSchema,
  securitySchema,
  sentrySchema,
  serverSchema,
  workerSchema,
} from './process.js';
import { batchSettlementSchema, screeningSchema, settleSchema, sponsorshipSchema } from './settle.js';
import { webhooksSchema } from './webhooks.js';

/** Every setting, its default and its meaning (docs/configuration.md). Unknown keys are refused. */
export const configSchema = z.strictObject({
  env: envSchema,
  server: serverSchema,
  metrics: metricsSchema,
  logging: loggingSchema,
  sentry: sentrySchema,
  otel: otelSchema,
  rateLimit: rateLimitSchema,
  security: securitySchema,
  chain: chainSchema,
  settle: settleSchema,
  worker: workerSchema,
  sponsorship: sponsorshipSchema,
  batchSettlement: batchSettlementSchema,
  discovery: discoverySchema,
  archive: archiveSchema,
  screening: screeningSchema,
  webhooks: webhooksSchema,
});

/** The settings of file and environment, with every default filled in. */
export type Settings = z.output<typeof configSchema>;

export { CHAIN_NETWORKS, verificationSchema } from './chain.js';
export type { ApiKeyConfig } from './values.js';
