import type { ManagedProcess } from '../processes/index.js';
import type { Stack } from '../stack/index.js';

/** The stack and where its first replicas listen. */
export type Places = {
  readonly stack: Stack;
  readonly api: ManagedProcess;
  readonly apiUrl: string;
  readonly paywallUrl: string;
};

/** A payment that bought something. */
export type Payment = {
  /** The payer, as the demo calls them. */
  readonly payer: string;
  readonly article: string;
  readonly txHash: string;
  /** As people read it. */
  readonly money: string;
  /** From the first request to the delivered article. */
  readonly tookMs: number;
};

const LOVELACE_PER_ADA = 1_000_000n;

/** An amount as people read it: `2 ADA`, `2.5 ADA`, or atomic units of a token by its name. */
export function formatMoney(asset: string, amount: string): string {
  if (asset !== 'lovelace') {
    const [, nameHex = ''] = asset.split('.');
    return `${amount} ${Buffer.from(nameHex, 'hex').toString('utf8')}`;
  }
  const lovelace = BigInt(amount);
  const fraction = String(lovelace % LOVELACE_PER_ADA)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${lovelace / LOVELACE_PER_ADA}${fraction === '' ? '' : `.${fraction}`} ADA`;
}

/** The first and last characters of a hash or address. */
export function shorten(text: string, ends = 8): string {
  return text.length <= 2 * ends + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`;
}
