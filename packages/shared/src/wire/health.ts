import { z } from 'zod';
import { isoTimeSchema } from './iso-time.js';

const dependency = z.object({
  status: z.enum(['up', 'down']),
  latencyMs: z.number().nullable().describe('of the latest probe that was answered'),
  message: z.string().optional().describe('what is wrong, without addresses or credentials'),
});

const budget = z.object({
  status: z
    .enum(['open', 'reserved', 'spent'])
    .describe(
      'reserved: only callers with a key and settlements may use the rest; spent: none is left today',
    ),
  leftToday: z.int().nullable().describe('calls; null without a daily limit'),
  perDay: z.int().nullable(),
  reservedOfDay: z.int().nullable().describe('calls that callers without a key leave to others'),
});

const provider = z.object({
  name: z.string(),
  state: z
    .enum(['up', 'down', 'banned', 'backing_off', 'lagging', 'wrong_network'])
    .describe('only a provider that is up is used'),
  message: z.string().optional().describe('why it is not'),
  latencyMs: z.number().nullable(),
  tipHeight: z.number().nullable(),
  budget: budget.optional().describe('what we let ourselves ask; unset without limits'),
});

const chainDependency = dependency.extend({
  providers: z.array(provider).describe('in the order of use'),
});

const acceptance = z.object({
  status: z
    .enum(['open', 'paused', 'draining', 'unknown'])
    .describe('paused, draining: an operator has closed it; unknown: Redis does not answer'),
  since: isoTimeSchema.optional(),
  reason: z.string().optional().describe('the operator’s words'),
});

/** Answer of `GET /health`. */
export const healthResponseSchema = z
  .object({
    status: z
      .enum(['healthy', 'degraded', 'unhealthy'])
      .describe(
        'degraded: some of it works; unhealthy: payments can be neither verified nor settled, or Redis would lose accepted ones',
      ),
    version: z.string(),
    timestamp: z.string(),
    uptimeSeconds: z.number(),
    networks: z.array(z.string()),
    settle: z.record(z.string(), acceptance).describe('whether new settlements are accepted, by network'),
    dependencies: z.object({
      redis: dependency,
      chain: z.record(z.string(), chainDependency).describe('by network'),
      workers: dependency.extend({ count: z.int() }),
    }),
  })
  .meta({ id: 'HealthResponse', description: 'each dependency, and an overall status' });

/** Answer of `GET /ready`. */
export const readyResponseSchema = z
  .object({
    status: z
      .enum(['ready', 'failing', 'stopping'])
      .describe('failing: payments whose verdicts are known do not get them here'),
    selfCheck: z
      .record(
        z.string(),
        z.object({
          status: z.enum(['passing', 'failing']),
          ageSeconds: z.number().nullable().describe('of the latest check; null before the first'),
          message: z.string().optional().describe('what was expected and what was found'),
        }),
      )
      .describe('by network'),
  })
  .meta({ id: 'ReadyResponse', description: 'whether this replica takes traffic' });

export type HealthResponse = z.output<typeof healthResponseSchema>;
export type SettleHealth = z.output<typeof acceptance>;
export type DependencyHealth = z.output<typeof dependency>;
export type ChainDependencyHealth = z.output<typeof chainDependency>;
