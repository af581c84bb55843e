import { z } from 'zod';

/** A secret: masked when printed, never echoed in an error message. */
export function secret(description: string) {
  return z.string().min(1).meta({ secret: true, description });
}

/** Operators' files write `""` for "not set": the same as leaving the key out. */
export function unsetWhenEmpty<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());
}

/** A TCP port; 0 lets the operating system choose. */
export const port = z.int().min(0).max(65_535);

export const positive = z.int().min(1);

export const milliseconds = z.int().min(0).max(86_400_000);

export const seconds = z.int().min(0).max(31_536_000);

/** Amounts of lovelace in the configuration fit a safe integer: they bound fees and pool outputs, not payments. */
export const lovelaceAmount = z.int().min(0);

export const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });

/** A URL that paths are put behind. Strangers are told it, so it holds no user. */
export const baseUrl = httpUrl.regex(/^[^@?#]*$/, 'expected a URL without user, query and fragment');

const sha256Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected the SHA-256 digest of a key: 64 lowercase hex characters');

/** Whether a success is handed out again to the call that it was handed out to. */
export const redemption = z.enum(['once', 'resume']);

/** A caller's key. Only its digest is configured, so that a leaked configuration gives no access. */
export const apiKey = z.strictObject({
  name: z.string().min(1).describe('who holds the key: named in logs and counters'),
  sha256: sha256Digest.describe('printf %s "$KEY" | sha256sum'),
  redemption: redemption
    .optional()
    .describe('instead of settle.redemption; resume: this seller delivers once for each payment'),
  rateLimit: z
    .strictObject({
      global: positive.optional().describe('instead of rateLimit.global'),
      sensitive: positive.optional().describe('instead of rateLimit.sensitive'),
      lookups: positive.optional().describe('instead of rateLimit.lookups'),
      waits: positive.optional().describe('instead of rateLimit.waits'),
    })
    .optional()
    .describe("this key's own limits"),
});

/** An operator's key. Only its digest is configured. */
export const operatorKey = z.strictObject({
  name: z.string().min(1).describe('who holds the key: named in logs, and in a pause'),
  sha256: sha256Digest.describe('printf %s "$KEY" | sha256sum'),
});

/** A caller's key as configured. */
export type ApiKeyConfig = z.output<typeof apiKey>;
