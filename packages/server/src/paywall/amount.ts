import { fill, type Messages } from './messages/fill.js';

/** How an asset is called and counted; `decimals` digits come after the point. */
export type AssetLabel = { readonly symbol: string; readonly decimals: number };

/** The label of each asset, by its id, where it has one. */
export type AssetLabels = Readonly<Record<string, AssetLabel>>;

/** CIP-67: four bytes before a token's name that give the kind of token. */
const NAME_LABEL = /^(?:000643b0|000de140|0014df10|001bc280)/;
const LONGEST_PLAIN_NAME = 64;

/** An amount as people of a language write it: `1,234.5 ADA`; of an unknown token its smallest units and its name. */
export function describeAmount(
  asset: string,
  amount: bigint,
  { language, messages, labels }: { language: string; messages: Messages; labels: AssetLabels },
): string {
  const label = Object.hasOwn(labels, asset) ? labels[asset] : undefined;
  if (label === undefined)
    return fill(messages.units, { amount: amount.toLocaleString(language), name: tokenName(asset) });
  const digits = String(amount).padStart(label.decimals + 1, '0');
  const whole = digits.slice(0, digits.length - label.decimals);
  const fraction = digits.slice(digits.length - label.decimals).replace(/0+$/, '');
  const point = (1.5).toLocaleString(language).replace(/\d/g, '');
  return `${BigInt(whole).toLocaleString(language)}${fraction === '' ? '' : point + fraction} ${label.symbol}`;
}

/** A token's own name if it is plain text. The name proves nothing: anyone may give a token any name. */
function tokenName(asset: string): string {
  const [policy = '', hex = ''] = asset.split('.');
  const name = hex.replace(NAME_LABEL, '');
  const text = name.length > LONGEST_PLAIN_NAME ? '' : textOfHex(name);
  return /^[\x21-\x7e]{1,32}$/.test(text) ? `“${text}” (${policy.slice(0, 8)}…)` : `${policy.slice(0, 8)}…`;
}

const textOfHex = (hex: string) =>
  (hex.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
