import { parseTxHash, type TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';
import { rationalOf } from './rational.js';

/** Scalars as the chain's HTTP services write them. */

export const txHash = z.string().transform((value, context): TxHash => {
  const parsed = parseTxHash(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected 64 hex characters' });
  return z.NEVER;
});

export const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lowercase hex characters');
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/, 'expected lowercase hex');
export const quantity = z.string().regex(/^\d+$/, 'expected a decimal integer').transform(BigInt);
export const count = z.int().nonnegative();

export const rational = z.number().transform((value, context) => {
  const parsed = rationalOf(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a non-negative decimal' });
  return z.NEVER;
});

/** Integers, though some exceed what a double holds exactly: none that a payment's script could meet does. */
export const costModel = z.array(z.number().refine(Number.isInteger, 'expected an integer'));

/** What a submission that was accepted is answered with. */
export const submittedSchema = txHash;

/** The body of an error: Blockfrost's, and PostgREST's behind Koios. */
export const errorSchema = z.object({ message: z.string(), error: z.string().optional() });
