import { z } from 'zod';
import {
  apiKey,
  baseUrl,
  httpUrl,
  milliseconds,
  operatorKey,
  port,
  positive,
  unsetWhenEmpty,
} from './values.js';

export const envSchema = z
  .enum(['development', 'production', 'test'])
  .default('development')
  .describe('how strict the start is and how errors are shown');

export const serverSchema = z
  .strictObject({
    host: z.string().min(1).default('0.0.0.0').describe('address that the API listens on'),
    port: port.default(3000).describe('port that the API listens on'),
    publicUrl: unsetWhenEmpty(baseUrl).describe(
      'where buyers reach this API: makes statusUrl in answers; unset: answers have none',
    ),
    maxConnections: positive
      .max(65_535)
      .default(4096)
      .describe('connections that a replica keeps open; further ones are closed at once'),
    maxConnectionsPerAddress: positive
      .max(65_535)
      .default(1024)
      .describe('of one caller’s address (IPv6: its /64); those of a trusted proxy are not counted'),
    maxBodyBytes: z
      .int()
      .min(1024)
      .max(16 * 1024 * 1024)
      .default(262_144)
      .describe('larger request bodies get 413'),
    validatorThreads: z
      .int()
      .min(0)
      .max(64)
      .default(1)
      .describe('threads that run scripts, each about 30 MB; at least one, also with 0'),
    trustProxy: z
      .union([z.boolean(), z.string().min(1), z.array(z.string().min(1))])
      .default(false)
      .describe(
        'which proxies may set X-Forwarded-For: true for all, or addresses, CIDRs, loopback, linklocal, uniquelocal',
      ),
  })
  .prefault({});

export const metricsSchema = z
  .strictObject({
    port: port.optional().describe('port for the API’s /metrics; unset: on the API port'),
  })
  .prefault({});

export const workerSchema = z
  .strictObject({
    concurrency: positive.max(1000).default(50).describe('submissions that one worker runs at a time'),
    shutdownTimeoutMs: milliseconds.default(10_000).describe('how long a stop waits for running jobs'),
    metricsPort: port.default(9464).describe('listener for the worker’s /metrics and /health'),
  })
  .prefault({});

export const loggingSchema = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info')
      .describe('the least important lines to write'),
    pretty: z.boolean().default(false).describe('coloured text for people instead of JSON lines'),
  })
  .prefault({});

/** Sentry's SDK prints a DSN that it cannot read, and goes on without reporting. */
const sentryDsn = z
  .string()
  .regex(
    /^https?:\/\/\w+(?::\w*)?@[\w.-]+(?::\d+)?\/(?:.+\/)?\d+$/,
    'expected a DSN as Sentry shows it, https://KEY@HOST/PROJECT',
  );

export const sentrySchema = z
  .strictObject({
    dsn: unsetWhenEmpty(
      sentryDsn.meta({
        secret: true,
        description: 'where problems are reported; unset: they are not reported',
      }),
    ),
    environment: unsetWhenEmpty(z.string().min(1)).describe('unset: env'),
    tracesSampleRate: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('share of the traces that Sentry gets, by trace id; 0: none'),
  })
  .prefault({});

export const otelSchema = z
  .strictObject({
    endpoint: unsetWhenEmpty(httpUrl).describe(
      'where traces are sent by OTLP over HTTP, such as http://collector:4318; unset: they are not sent',
    ),
  })
  .prefault({});

export const rateLimitSchema = z
  .strictObject({
    global: positive.default(100).describe('requests per window and caller'),
    sensitive: positive
      .default(20)
      .describe('requests per window and caller on each of verify, settle, status and sponsorships'),
    windowMs: milliseconds.min(1000).default(60_000).describe('length of the window'),
    lookups: positive
      .optional()
      .describe(
        'calls to chain providers per window that the payments of one caller may cost; unset: ten for each request that sensitive allows, at least chain.verification.maxInputs',
      ),
    waits: positive
      .default(100)
      .describe('event streams and long polls of one caller that a replica keeps open at the same time'),
  })
  .prefault({});

export const securitySchema = z
  .strictObject({
    apiKeys: z
      .array(apiKey)
      .default([])
      .describe('when any is listed, verify and settle need one, unless publicPayments'),
    storedKeys: z
      .boolean()
      .default(false)
      .describe(
        'whether the keys that `ops keys` makes are known beside apiKeys, and usage is counted; verify and settle then need a key, unless publicPayments',
      ),
    operatorKeys: z
      .array(operatorKey)
      .default([])
      .describe('when any is listed, /admin on metrics.port is the operators’ page, for their holders'),
    corsOrigins: z
      .array(z.string().min(1))
      .default([])
      .describe('origins whose pages may call from a browser'),
    publicStatus: z
      .boolean()
      .default(true)
      .describe('anyone may read a settlement by its transaction id; most of it is on the chain anyway'),
    publicPayments: z
      .boolean()
      .default(false)
      .describe(
        'verify and settle serve callers without a key, too, from what chain.providerReserveShare leaves them',
      ),
  })
  .prefault({});
