import { z } from 'zod';
import { isoTimeSchema } from './iso-time.js';

const count = z.int().nonnegative();
const units = z.string().describe('atomic units');

/** Which quota of a key is used up. */
export const quotaReachedSchema = z.object({
  what: z.enum(['verifications', 'settlements', 'volume']),
  period: z.enum(['day', 'month']),
  asset: z.string().optional().describe('of volume'),
  limit: z.string(),
  used: z.string(),
  endsAt: isoTimeSchema.describe('when the next period begins'),
});

const limited = <Value extends z.ZodType>(value: Value) => ({
  limit: value.nullable().describe('null: none'),
  left: value.nullable(),
});

const period = z.object({
  period: z.string().describe('2026-11-27, or 2026-11'),
  endsAt: isoTimeSchema,
  verifications: z.object({ used: count, ...limited(count) }),
  settlements: z.object({
    used: count.describe('claimed in the period, without those that failed or expired'),
    pending: count,
    confirmed: count,
    failed: count,
    expired: count,
    ...limited(count),
  }),
  volume: z.array(
    z.object({
      asset: z.string(),
      used: units.describe('pending and confirmed'),
      confirmed: units,
      ...limited(z.string()),
    }),
  ),
});

/** Answer of `GET /usage`. */
export const usageResponseSchema = z
  .object({
    key: z.string().describe('its name'),
    networks: z.record(z.string(), z.object({ day: period, month: period })),
  })
  .meta({
    id: 'UsageResponse',
    description: 'what a key used of its quotas on this UTC day and in this month',
  });

export type UsageResponse = z.output<typeof usageResponseSchema>;
