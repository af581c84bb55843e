import type { AlertCases } from '../support/alert-case.js';

const network = 'cardano:mainnet';
const of = { network };
const pool = (instance: string) =>
  `wallet_pool_utxos{job="x402-worker",instance="${instance}",network="${network}"}`;
const balance = (instance: string) =>
  `wallet_balance_lovelace{job="x402-worker",instance="${instance}",network="${network}"}`;
const sponsored = `sponsorships_total{job="x402-worker",network="${network}",outcome="signed"}`;

export const WALLET_CASES: AlertCases = {
  X402WalletPoolLow: [
    {
      name: 'four outputs are left, until it is refilled',
      series: { [pool('a')]: '20 4x15 20x5', [pool('b')]: '20 4x15 20x5' },
      firing: { '5m': [], '12m': [of], '18m': [] },
    },
    {
      name: 'five are, or few for a moment',
      series: { [pool('a')]: '5x10 1x5 20x20' },
      firing: { '10m': [], '15m': [], '30m': [] },
    },
    { name: 'there is no wallet', series: { 'up{job="x402-worker"}': '1x30' }, firing: { '30m': [] } },
  ],
  X402WalletBalanceChanged: [
    {
      name: '20 ADA go and nothing was sponsored',
      series: { [balance('a')]: '100000000x10 80000000x90', [sponsored]: '0x100' },
      firing: { '9m': [], '11m': [of], '90m': [] },
    },
    {
      name: '20 ADA go and one of two workers has not seen it',
      series: { [balance('a')]: '100000000x100', [balance('b')]: '100000000x10 80000000x90' },
      firing: { '9m': [], '11m': [of] },
    },
    {
      name: '100 ADA go and a single payment was sponsored',
      series: { [balance('a')]: '200000000x10 100000000x90', [sponsored]: '0x10 1x90' },
      firing: { '12m': [of] },
    },
    {
      name: 'it pays for what it sponsors',
      series: { [balance('a')]: '500000000-2000000x100', [sponsored]: '0+1x100' },
      firing: { '12m': [], '60m': [], '100m': [] },
    },
    {
      name: 'a fee or two are spent while sponsoring is off',
      series: { [balance('a')]: '100000000x10 95000000x90' },
      firing: { '12m': [], '60m': [] },
    },
    {
      name: 'it receives money',
      series: { [balance('a')]: '100000000x10 900000000x90' },
      firing: { '12m': [], '60m': [] },
    },
  ],
};
