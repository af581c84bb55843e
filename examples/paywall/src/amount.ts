/** A price on Cardano: atomic units of one asset. */
export type CardanoAmount = { readonly asset: string; readonly amount: string };

const ASSET = /^(?:lovelace|[0-9a-f]{56}\.(?:[0-9a-f]{2}){0,32})$/;
const ATOMIC_UNITS = /^[1-9][0-9]*$/;
const ADA = /^(\d+)(?:\.(\d{1,6}))?\s*ADA$/i;
const ATOMIC = /^([1-9][0-9]*)\s+(\S+)$/;

/**
 * Reads a price: `{ asset, amount }` in atomic units, `'2.5 ADA'`, `'2500000 lovelace'`, or
 * `'10 <policyId>.<assetNameHex>'`.
 *
 * @throws Error for anything else, dollars included: this server knows no exchange rate.
 */
export function parseCardanoPrice(price: string | number | CardanoAmount): CardanoAmount {
  const parsed = typeof price === 'object' ? price : parseText(String(price));
  if (parsed === undefined)
    throw new Error(`expected a price such as "2.5 ADA" or "10 <policyId>.<assetNameHex>", found "${price}"`);
  if (!ASSET.test(parsed.asset))
    throw new Error(
      `expected the asset lovelace or lowercase <policyId>.<assetNameHex>, found "${parsed.asset}"`,
    );
  if (!ATOMIC_UNITS.test(parsed.amount))
    throw new Error(
      `expected a positive whole number of atomic units, found "${parsed.amount}" of ${parsed.asset}`,
    );
  return { asset: parsed.asset, amount: parsed.amount };
}

function parseText(text: string): CardanoAmount | undefined {
  const ada = ADA.exec(text.trim());
  if (ada !== null) {
    const [, whole = '', fraction = ''] = ada;
    return { asset: 'lovelace', amount: String(BigInt(whole + fraction.padEnd(6, '0'))) };
  }
  const [, amount, asset] = ATOMIC.exec(text.trim()) ?? [];
  return amount === undefined || asset === undefined ? undefined : { asset, amount };
}
