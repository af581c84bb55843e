import { z } from 'zod';
import { milliseconds, positive, unsetWhenEmpty } from './values.js';

export const webhooksSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('whether the ends of settlements are sent to the endpoints that ops webhooks set'),
    masterSecret: unsetWhenEmpty(
      z.string().min(32).meta({
        secret: true,
        description:
          'what the secrets of all endpoints are made of, at least 32 characters; workers and ops need it where webhooks are on, the API does not',
      }),
    ),
    previousMasterSecret: unsetWhenEmpty(
      z.string().min(32).meta({
        secret: true,
        description:
          'the master secret before that: while it is set, what it makes signs too, so that sellers can change one after the other',
      }),
    ),
    timeoutMs: milliseconds
      .min(100)
      .max(60_000)
      .default(10_000)
      .describe('how long one attempt may take, the connection included'),
    concurrency: positive.max(64).default(4).describe('attempts at a time for one endpoint, of all workers'),
    retry: z
      .strictObject({
        firstDelayMs: milliseconds
          .min(10)
          .default(5_000)
          .describe('before the second attempt; then twice as long'),
        longestDelayMs: milliseconds
          .min(10)
          .default(3_600_000)
          .describe('between two attempts, and the most that a Retry-After counts'),
        giveUpSeconds: z
          .int()
          .min(1)
          .max(604_800)
          .default(86_400)
          .describe('after this time a last attempt is made, and the event given up'),
      })
      .prefault({}),
    maxWaiting: positive
      .max(1_000_000)
      .default(10_000)
      .describe(
        'events that may wait for one endpoint, each of 2 kB; further ones are not written, and counted',
      ),
    allowHttp: z
      .boolean()
      .default(false)
      .describe('endpoints without TLS: what is sent can be read and changed on its way'),
    allowPrivateNetworks: z
      .boolean()
      .default(false)
      .describe(
        'endpoints at private, loopback and link-local addresses and at any port: who sets an endpoint reaches what a worker reaches',
      ),
  })
  .prefault({});
