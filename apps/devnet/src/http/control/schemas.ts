import { err, ok, type Result } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { TEST_TOKEN_POLICY } from '../../faucet/index.js';

/** A non-negative amount as a decimal string or a safe integer. */
const amount = z
  .union([z.int().min(0), z.string().regex(/^\d{1,19}$/, 'expected a decimal number')])
  .transform((value) => BigInt(value));

const NAME_HEX = /^(?:[0-9a-f]{2}){0,32}$/;

const token = z
  .strictObject({
    /** Policy id and asset name in hex, together. */
    unit: z.string().optional(),
    /** The asset name as text: `tUSDM`. */
    name: z.string().optional(),
    quantity: amount,
  })
  .transform(({ unit, name, quantity }, context) => {
    if ((unit === undefined) === (name === undefined)) {
      context.addIssue({ code: 'custom', message: "expected either 'unit' or 'name'" });
      return z.NEVER;
    }
    const nameHex = unit?.slice(TEST_TOKEN_POLICY.length) ?? Buffer.from(name ?? '').toString('hex');
    if (unit !== undefined && !unit.startsWith(TEST_TOKEN_POLICY)) {
      context.addIssue({
        code: 'custom',
        message: `expected a unit of the test policy ${TEST_TOKEN_POLICY}, found '${unit}'`,
      });
      return z.NEVER;
    }
    if (!NAME_HEX.test(nameHex)) {
      context.addIssue({
        code: 'custom',
        message: `expected an asset name of at most 32 bytes, found '${nameHex}'`,
      });
      return z.NEVER;
    }
    return { nameHex, quantity };
  });

const MAX_OUTPUTS = 5_000;
const MAX_BLOCKS = 10_000;
/** 10 000 ADA, what the public faucets give. */
const DEFAULT_LOVELACE = 10_000_000_000n;

export const faucetBody = z.strictObject({
  address: z.string(),
  lovelace: amount.default(DEFAULT_LOVELACE),
  assets: z.array(token).max(50).default([]),
  outputs: z.int().min(1).max(MAX_OUTPUTS).default(1),
});

export const blocksBody = z.strictObject({ count: z.int().min(1).max(MAX_BLOCKS).default(1) });

export const rollbackBody = z.strictObject({
  blocks: z.int().min(1),
  transactions: z.enum(['return', 'vanish']).default('return'),
});

export const clockBody = z.strictObject({ offsetMs: z.int() });

/** Reads a control body, a missing one as empty, or tells every mistake in one line. */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): Result<z.output<T>, string> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return ok(result.data);
  const mistakes = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  return err(mistakes.join('; '));
}
