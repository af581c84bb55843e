import type { Rational } from '@x402-facilitator/cardano';

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/i;

/**
 * The exact fraction behind a decimal that travelled as a JSON number: `0.0577` is 577/10000.
 *
 * JavaScript prints the shortest decimal that reads back as the same double, which is the one that was sent as long as
 * it has at most 15 significant digits; protocol parameters have far fewer.
 *
 * @returns `undefined` for a negative or non-finite number.
 */
export function rationalOf(value: number): Rational | undefined {
  const match = DECIMAL.exec(String(value));
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  const power = Number(exponent) - fraction.length;
  return power >= 0
    ? { numerator: digits * 10n ** BigInt(power), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-power) };
}
