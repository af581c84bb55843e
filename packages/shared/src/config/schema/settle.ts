import { z } from 'zod';
import {
  httpUrl,
  lovelaceAmount,
  milliseconds,
  positive,
  redemption,
  seconds,
  unsetWhenEmpty,
} from './values.js';

export const settleSchema = z
  .strictObject({
    waitMs: milliseconds.default(75_000).describe('how long /settle waits when the caller names no time'),
    maxWaitMs: milliseconds.default(85_000).describe('the longest wait a caller may ask for'),
    acceptMempool: z.boolean().default(false).describe('settle a -1 policy on mempool evidence'),
    redemption: redemption
      .default('once')
      .describe('once: a success is collected once; resume: every identical call of its caller gets it'),
    receiptResource: z
      .enum(['path', 'url'])
      .default('path')
      .describe(
        'what receipts, which anyone may read, say of the resource: path: its URL without user, query and fragment; url: all of it',
      ),
    retentionSeconds: seconds.default(86_400).describe('how long an ended settlement stays readable'),
  })
  .prefault({});

export const batchSettlementSchema = z
  .strictObject({
    scripts: z
      .array(z.string().regex(/^[0-9a-f]{56}$/, 'expected a script hash of 28 bytes in lowercase hex'))
      .default([])
      .describe(
        'hashes of the channel validators that are served; empty: no channels. The public one is 62ce4309e37e09e5c633c96c6ae68061c434f122d32626d6912d7c2a: alpha, unaudited',
      ),
  })
  .prefault({});

export const sponsorshipSchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('whether the worker’s wallet pays fees for payers'),
    pool: z
      .strictObject({
        size: positive.default(20).describe('outputs kept ready'),
        utxoLovelace: lovelaceAmount.default(5_000_000).describe('lovelace in each'),
        minimum: z
          .int()
          .min(0)
          .default(2)
          .describe('below this number of outputs, lent ones included, nothing new is reserved'),
        callerShare: z
          .number()
          .positive()
          .max(1)
          .default(0.25)
          .describe(
            'share of the outputs that one caller may have lent at a time, at least one output; 1: all of them',
          ),
      })
      .prefault({}),
    coverMinAda: z.boolean().default(true).describe('also lend the min-UTxO that must go with a token'),
    maxFeeLovelace: lovelaceAmount.default(400_000).describe('the largest fee paid for one payment'),
    minAdaLovelace: lovelaceAmount
      .default(2_000_000)
      .describe('the most lent to the output of one payment in a token'),
    limits: z
      .strictObject({
        perPayerLovelace: lovelaceAmount.default(20_000_000).describe('per paying address'),
        perKeyLovelace: lovelaceAmount
          .default(200_000_000)
          .describe('per API key, or per client address where no key is needed'),
        perDayLovelace: lovelaceAmount.default(500_000_000).describe('of all together'),
      })
      .prefault({})
      .describe('the most spent and lent on one UTC day'),
    minBalanceLovelace: lovelaceAmount
      .default(20_000_000)
      .describe('below this balance of the wallet nothing new is reserved'),
  })
  .prefault({});

export const screeningSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'whether payments are refused whose payer, payTo or other party is denied; ops deny then counts, too',
      ),
    denyFile: unsetWhenEmpty(z.string().min(1)).describe(
      'addresses and credentials that are denied, one per line, # for comments; read again when it changes',
    ),
    service: z
      .strictObject({
        url: unsetWhenEmpty(httpUrl.regex(/^[^@#]*$/, 'expected a URL without user and fragment')).describe(
          'asked by POST about the parties of each payment; unset: no service is asked',
        ),
        authorization: unsetWhenEmpty(
          z
            .string()
            .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'expected the header in printable ASCII')
            .meta({ secret: true, description: 'its Authorization header, such as Bearer …' }),
        ),
        timeoutMs: milliseconds
          .min(1)
          .max(10_000)
          .default(1_000)
          .describe('how long an answer is waited for'),
        cacheSeconds: seconds
          .max(86_400)
          .default(60)
          .describe('how long an answer is believed; 0: it is asked each time'),
        whenUnavailable: z
          .enum(['refuse', 'accept'])
          .default('refuse')
          .describe(
            'refuse: without its answer payments are refused for now; accept: they are taken unscreened',
          ),
      })
      .prefault({}),
  })
  .prefault({});
