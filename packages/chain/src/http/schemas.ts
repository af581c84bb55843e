import { parseTxHash, type Rational } from '@x402-facilitator/cardano';
import { z } from 'zod';

/** Scalars as the chain's HTTP services write them. */

/** A string that `parse` understands. */
export const parsedBy = <T>(parse: (text: string) => T | undefined, message: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const txHash = parsedBy(parseTxHash, 'expected 64 hex characters');

export const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lowercase hex characters');
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/, 'expected lowercase hex');
export const quantity = z.string().regex(/^\d+$/, 'expected a decimal integer').transform(BigInt);
export const count = z.int().nonnegative();

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/i;

/**
 * The exact fraction behind a decimal that travelled as a JSON number: `0.0577` is 577/10000.
 *
 * JavaScript prints the shortest decimal that reads back as the same double. With at most 15 significant digits that is
 * the decimal that was sent, and protocol parameters have far fewer.
 */
export const rational = z.number().transform((value, context): Rational => {
  const match = DECIMAL.exec(String(value));
  if (match === null) {
    context.addIssue({ code: 'custom', message: 'expected a non-negative decimal' });
    return z.NEVER;
  }
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) - fraction.length;
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
});

/** Integers. Some exceed what a double holds exactly, but none of an operation that a payment's script could use. */
export const costModel = z.array(z.number().refine(Number.isInteger, 'expected an integer'));

/** The body of an error, at Blockfrost and at the PostgREST behind Koios. */
export const errorSchema = z.object({ message: z.string(), error: z.string().optional() });
