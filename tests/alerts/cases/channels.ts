import type { AlertCases } from '../support/alert-case.js';

const network = 'cardano:mainnet';
const of = { network };
const claims = (outcome: string) =>
  `channel_claims_total{job="x402-worker",network="${network}",outcome="${outcome}"}`;
const oldestClaim = (instance: string) =>
  `channel_claim_oldest_pending_seconds{job="x402-worker",instance="${instance}",network="${network}"}`;
const open = (instance: string) =>
  `x402_active_subscriptions{job="x402-worker",instance="${instance}",network="${network}"}`;
const locked = (asset: string, instance = 'a') =>
  `x402_credit_balance{job="x402-worker",instance="${instance}",network="${network}",asset="${asset}"}`;

export const CHANNEL_CASES: AlertCases = {
  X402ChannelClaimFailed: [
    {
      name: 'one fails, and a quarter of an hour later all is well',
      series: { [claims('failed')]: '0x5 1x30', [claims('expired')]: '0x35' },
      firing: { '5m': [], '6m': [{ ...of, outcome: 'failed' }], '22m': [] },
    },
    {
      name: 'one expires',
      series: { [claims('failed')]: '0x35', [claims('expired')]: '0x5 1x30' },
      firing: { '6m': [{ ...of, outcome: 'expired' }] },
    },
    {
      name: 'buyers were faster with their channels, and others are confirmed',
      series: {
        [claims('superseded')]: '0x5 3x30',
        [claims('confirmed')]: '0+1x35',
        [claims('failed')]: '2x35',
      },
      firing: { '6m': [], '30m': [] },
    },
  ],
  X402ChannelClaimPending: [
    {
      name: 'one waits for more than ten minutes, until it is done',
      series: { [oldestClaim('a')]: '0+60x12 0x5', [oldestClaim('b')]: '0+60x12 0x5' },
      firing: { '10m': [], '11m': [of], '14m': [] },
    },
    {
      name: 'claims take minutes',
      series: { [oldestClaim('a')]: '540x30' },
      firing: { '15m': [], '30m': [] },
    },
    { name: 'no channels are served', series: { 'up{job="x402-worker"}': '1x30' }, firing: { '30m': [] } },
  ],
  X402ActiveSubscriptionsFell: [
    {
      name: 'a quarter closes at once',
      series: { [open('a')]: '100x1439 75x61', [open('b')]: '100x1439 75x61' },
      firing: { '1439m': [], '1445m': [], '1455m': [of] },
    },
    {
      name: 'a fifth closes',
      series: { [open('a')]: '100x1439 80x61' },
      firing: { '1455m': [], '1490m': [] },
    },
    {
      name: 'of nine all close',
      series: { [open('a')]: '9x1439 0x61' },
      firing: { '1455m': [], '1490m': [] },
    },
  ],
  X402CreditBalanceHigh: [
    {
      name: 'two tokens make more than a million, which every worker shows',
      series: {
        [locked('USDM')]: '600000x10',
        [locked('DJED')]: '400001x10',
        [locked('USDM', 'b')]: '600000x10',
      },
      firing: { '5m': [of] },
    },
    {
      name: 'each worker shows half of it, or it is in ADA and in other tokens',
      series: {
        [locked('USDM')]: '500000x10',
        [locked('USDM', 'b')]: '500000x10',
        [locked('ADA')]: '9000000x10',
        [locked('other')]: '9000000x10',
      },
      firing: { '5m': [] },
    },
  ],
};
