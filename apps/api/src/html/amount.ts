import type { AssetId } from '@x402-facilitator/cardano';
import { isKnownAsset, knownAsset } from '@x402-facilitator/cardano';
import { formatUnits } from '../services/format-amount.js';

/** CIP-67: four bytes before a token's name that give the kind of token. */
const NAME_LABEL = /^(?:000643b0|000de140|0014df10|001bc280)/;

/** An amount as people write it: `1,234.5 ADA`; of an unknown token its smallest units and its name. */
export function describeAmount(asset: AssetId, amount: bigint): string {
  if (!isKnownAsset(asset)) return `${amount.toLocaleString('en-US')} units of ${tokenName(asset)}`;
  const { symbol, decimals } = knownAsset(asset);
  const [whole = '0', fraction] = formatUnits(amount, decimals).split('.');
  const grouped = BigInt(whole).toLocaleString('en-US');
  return `${fraction === undefined ? grouped : `${grouped}.${fraction}`} ${symbol}`;
}

/** A token's own name if it is plain text. The name proves nothing: anyone may give a token any name. */
function tokenName(asset: AssetId): string {
  const [policy = '', name = ''] = asset.split('.');
  const text = Buffer.from(name.replace(NAME_LABEL, ''), 'hex').toString('latin1');
  return /^[\x21-\x7e]{1,32}$/.test(text) ? `“${text}”` : `token ${policy.slice(0, 8)}…`;
}
