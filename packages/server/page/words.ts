import type { PaymentRequirements } from '@x402/core/types';
import { describeAmount } from '../src/paywall/amount.js';
import { fill, type Messages } from '../src/paywall/messages/fill.js';
import { networkName } from '../src/paywall/network-name.js';
import type { PageData } from '../src/paywall/page-data.js';

/** The page's language. */
export type Words = {
  t(key: keyof Messages, values?: Readonly<Record<string, string>>): string;
  amount(price: Pick<PaymentRequirements, 'asset' | 'amount'>): string;
  network(network: string): string;
  time(ms: number): string;
  bytes(count: number): string;
};

export function wordsOf(data: PageData): Words {
  const { language, messages } = data;
  const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    t: (key, values = {}) => fill(messages[key], values),
    amount: ({ asset, amount }) => describeAmount(asset, BigInt(amount), data),
    network: (network) => networkName(network, messages),
    time: (ms) => clock.format(ms),
    bytes: (count) => {
      const size = (value: number, unit: string, unitDisplay: 'long' | 'short') =>
        new Intl.NumberFormat(language, {
          style: 'unit',
          unit,
          unitDisplay,
          maximumFractionDigits: 1,
        }).format(value);
      if (count < 1_000) return size(count, 'byte', 'long');
      return count < 1_000_000
        ? size(count / 1_000, 'kilobyte', 'short')
        : size(count / 1_000_000, 'megabyte', 'short');
    },
  };
}
