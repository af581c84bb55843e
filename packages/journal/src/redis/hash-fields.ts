import type { OutRefKey, TxHash } from '@x402-facilitator/cardano';
import { z } from 'zod';

/**
 * Fields of a Redis hash, which are text. Scripts write them from branded values only, so reading restores the brand.
 */
export const countField = z.string().regex(/^\d+$/).transform(Number);

export const amountField = z.string().regex(/^\d+$/).transform(BigInt);

export const txHashField = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((id) => id as TxHash);

export const outRefField = z
  .string()
  .regex(/^[0-9a-f]{64}#\d+$/)
  .transform((key) => key as OutRefKey);
