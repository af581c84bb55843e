import { z } from 'zod';

const optional = <Type extends z.ZodType>(type: Type) =>
  type
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();
const record = z.record(z.string(), z.unknown());

/** What any x402 v2 facilitator answers. */
export const verdictSchema = z.object({
  isValid: z.boolean(),
  invalidReason: optional(z.string()),
  invalidMessage: optional(z.string()),
  payer: optional(z.string()),
  extensions: optional(record),
  extra: optional(record),
});

export const settlementSchema = z.object({
  success: z.boolean(),
  errorReason: optional(z.string()),
  errorMessage: optional(z.string()),
  payer: optional(z.string()),
  transaction: z.string(),
  network: z.string().regex(/^[^:]+:[^:]+$/),
  amount: optional(z.string()),
  extensions: optional(record),
  extra: optional(record),
});

export const supportedSchema = z.object({
  kinds: z.array(
    z.object({
      x402Version: z.number(),
      scheme: z.string(),
      network: z.string(),
      extra: optional(record),
    }),
  ),
  extensions: z.array(z.string()).default([]),
  signers: z.record(z.string(), z.array(z.string())).default({}),
});

export const statusSchema = z.object({ status: z.string() });

export type Verdict = z.output<typeof verdictSchema>;
export type Settlement = z.output<typeof settlementSchema>;

/** The facilitator could not judge; the payment may be fine. */
export const isRetryable = ({ extra }: Pick<Verdict | Settlement, 'extra'>) => extra?.retryable === true;
