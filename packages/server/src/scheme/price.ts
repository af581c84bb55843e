import type { AssetRegistry } from './assets.js';

/** A price on Cardano: atomic units of one asset. */
export type CardanoAmount = {
  /** `lovelace`, or lowercase `policyId.assetNameHex`. */
  readonly asset: string;
  /** A positive whole number. */
  readonly amount: string;
};

const ASSET = /^(?:lovelace|[0-9a-f]{56}\.(?:[0-9a-f]{2}){0,32})$/;
const ATOMIC_UNITS = /^[1-9][0-9]*$/;
const ATOMIC = /^([1-9][0-9]*)\s+(\S+)$/;
const BY_SYMBOL = /^(\d+)(?:\.(\d+))?\s*([a-z][a-z0-9]*)$/i;
/** The ledger keeps a quantity in 8 bytes. */
const MOST_UNITS = 2n ** 64n - 1n;

/**
 * Reads a price: `{ asset, amount }` in atomic units, `'2.5 ADA'`, `'2500000 lovelace'`, `'10 <policyId>.<assetNameHex>'`,
 * or `'1.50 USDM'` by the symbol of a known asset.
 *
 * @throws Error for anything else, dollars included: there is no exchange rate here.
 */
export function readPrice(
  price: string | number | CardanoAmount,
  network: string,
  assets: Pick<AssetRegistry, 'bySymbol'>,
): CardanoAmount {
  const parsed = typeof price === 'object' ? price : readText(String(price), network, assets);
  if (parsed === undefined)
    throw new Error(
      `expected a price such as "2.5 ADA", "1.50 USDM" or "10 <policyId>.<assetNameHex>", found "${price}" on ${network}`,
    );
  if (!ASSET.test(parsed.asset))
    throw new Error(
      `expected the asset lovelace, lowercase <policyId>.<assetNameHex> or a known symbol, found "${parsed.asset}" on ${network}`,
    );
  if (!ATOMIC_UNITS.test(parsed.amount) || BigInt(parsed.amount) > MOST_UNITS)
    throw new Error(
      `expected a positive whole number of atomic units below 2^64, found "${parsed.amount}" of ${parsed.asset}`,
    );
  return { asset: parsed.asset, amount: parsed.amount };
}

function readText(
  text: string,
  network: string,
  assets: Pick<AssetRegistry, 'bySymbol'>,
): CardanoAmount | undefined {
  const [, whole = '', fraction = '', symbol] = BY_SYMBOL.exec(text.trim()) ?? [];
  const known = symbol === undefined ? undefined : assets.bySymbol(symbol, network);
  if (known !== undefined)
    return fraction.length > known.decimals
      ? undefined
      : { asset: known.asset, amount: String(BigInt(whole + fraction.padEnd(known.decimals, '0'))) };
  const [, amount, asset] = ATOMIC.exec(text.trim()) ?? [];
  return amount === undefined || asset === undefined ? undefined : { asset, amount };
}
