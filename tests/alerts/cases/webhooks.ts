import type { AlertCases } from '../support/alert-case.js';

const gauge = (name: string, instance = 'a') => `webhook_${name}{job="x402-worker",instance="${instance}"}`;
const attempts = (outcome: string, instance = 'a') =>
  `webhook_attempts_total{job="x402-worker",instance="${instance}",outcome="${outcome}"}`;

export const WEBHOOK_CASES: AlertCases = {
  X402WebhooksOverdue: [
    {
      name: 'no worker sends anything, until one does',
      series: {
        [gauge('overdue_seconds')]: '0+60x10 0x5',
        [gauge('overdue_seconds', 'b')]: '0+60x10 0x5',
      },
      firing: { '4m': [], '5m': [{}], '12m': [] },
    },
    {
      name: 'slow endpoints keep others waiting for a minute',
      series: { [gauge('overdue_seconds')]: '60x20' },
      firing: { '5m': [], '20m': [] },
    },
  ],
  X402WebhookReceiverAway: [
    {
      name: 'a receiver is away for seven hours, and comes back',
      series: { [gauge('oldest_waiting_seconds')]: '0+60x420 0x10' },
      firing: { '6h': [], '6h10m': [{}], '7h5m': [] },
    },
    {
      name: 'a receiver is away for an hour now and then',
      series: { [gauge('oldest_waiting_seconds')]: '0+60x60 0+60x60 0x10' },
      firing: { '1h': [], '2h': [] },
    },
  ],
  X402WebhooksGivenUp: [
    {
      name: 'one is given up, an endpoint stops, and an hour later all is well',
      series: { [attempts('dead')]: '0x5 1x70', [attempts('stopped', 'b')]: '0x6 1x70' },
      firing: { '5m': [], '7m': [{ outcome: 'dead' }, { outcome: 'stopped' }], '75m': [] },
    },
    {
      name: 'attempts fail and succeed, and one was given up long ago',
      series: {
        [attempts('failed')]: '0+9x80',
        [attempts('delivered')]: '0+9x80',
        [attempts('dead')]: '1x80',
      },
      firing: { '5m': [], '75m': [] },
    },
  ],
  X402WebhooksDropped: [
    {
      name: 'some are dropped, and no more for an hour',
      series: { [gauge('events_dropped')]: '0x5 3x80', [gauge('events_dropped', 'b')]: '0x5 3x80' },
      firing: { '5m': [], '10m': [{}], '75m': [] },
    },
    {
      name: 'some were dropped long ago, and their endpoint is removed',
      series: { [gauge('events_dropped')]: '3x10 0x80' },
      firing: { '5m': [], '20m': [] },
    },
  ],
};
