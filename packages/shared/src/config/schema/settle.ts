import { z } from 'zod';
import { lovelaceAmount, milliseconds, positive, seconds } from './values.js';

export const settleSchema = z
  .strictObject({
    waitMs: milliseconds.default(75_000).describe('how long /settle waits when the caller names no time'),
    maxWaitMs: milliseconds.default(85_000).describe('the longest wait a caller may ask for'),
    acceptMempool: z.boolean().default(false).describe('settle a -1 policy on mempool evidence'),
    redemption: z
      .enum(['once', 'resume'])
      .default('once')
      .describe('once: a success is collected once; resume: every identical call gets it'),
    retentionSeconds: seconds.default(86_400).describe('how long a terminal settlement stays readable'),
  })
  .prefault({});

export const sponsorshipSchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('whether the worker’s wallet pays fees for payers'),
    pool: z
      .strictObject({
        size: positive.default(20).describe('outputs kept ready'),
        utxoLovelace: lovelaceAmount.default(5_000_000).describe('lovelace in each'),
      })
      .prefault({}),
    coverMinAda: z.boolean().default(true).describe('also lend the min-UTxO that travels with a token'),
  })
  .prefault({});
