const LOVELACE_PER_ADA = 1_000_000n;

/** An amount as people read it: `2 ADA`, `2.5 ADA`, or atomic units of a token by its name. */
export function formatMoney(asset: string, amount: string): string {
  if (asset !== 'lovelace') return `${amount} ${tokenName(asset)}`;
  const lovelace = BigInt(amount);
  const fraction = String(lovelace % LOVELACE_PER_ADA)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${lovelace / LOVELACE_PER_ADA}${fraction === '' ? '' : `.${fraction}`} ADA`;
}

/** The asset name of `policyId.assetNameHex` as text. */
function tokenName(asset: string): string {
  const [, nameHex = ''] = asset.split('.');
  return Buffer.from(nameHex, 'hex').toString('utf8');
}

/** An id or address by its ends. */
export function shorten(text: string, ends = 8): string {
  return text.length <= 2 * ends + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`;
}
