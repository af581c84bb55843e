import { z } from 'zod';
import { isoTimeSchema } from './iso-time.js';

const count = z.int().nonnegative();

const settlements = z.object({
  accepted: count.describe('ever claimed'),
  pending: count.describe('in flight now'),
  confirmed: count,
  failed: count,
  expired: count,
});

const volumeUsd = z
  .string()
  .describe('confirmed payments in assets that are pegged to the US dollar, taken for one dollar each');

const networkStats = z.object({
  since: isoTimeSchema.nullable().describe('when the journal began to count; null: nothing was accepted yet'),
  firstSettledAt: isoTimeSchema.nullable(),
  settlements,
  volume: z
    .array(
      z.object({
        asset: z.string(),
        symbol: z.string().nullable().describe('null: not known here'),
        decimals: z.int().nullable(),
        amount: z.string().describe('atomic units'),
      }),
    )
    .describe('confirmed payments by asset'),
  otherAssets: z.object({
    confirmed: count.describe('payments in assets beyond those that are summed'),
  }),
  volumeUsd,
});

/** Answer of `GET /stats`. */
export const statsResponseSchema = z
  .object({
    version: z.string(),
    timestamp: isoTimeSchema,
    uptimeSeconds: z.number().describe('of the process that answers'),
    total: z.object({ settlements, volumeUsd }).describe('of all networks'),
    networks: z.record(z.string(), networkStats),
    unreadable: z
      .array(z.string())
      .optional()
      .describe('networks whose totals cannot be read: they are in none of the above; absent: none'),
  })
  .meta({ id: 'StatsResponse', description: 'totals since the journal began' });

export type StatsResponse = z.output<typeof statsResponseSchema>;
