import type { AlertCases } from '../support/alert-case.js';

const network = 'cardano:mainnet';
const of = { network };
const confirmed = `payment_settlements_total{job="x402-worker",network="${network}",method="default",outcome="confirmed"}`;
const failed = (reason: string) =>
  `payment_settlements_failed{job="x402-worker",network="${network}",reason="${reason}"}`;
const oldestPending = (state: string, instance = 'a') =>
  `settlement_oldest_pending_seconds{job="x402-worker",instance="${instance}",network="${network}",state="${state}"}`;
const unreadable = (instance = 'a') =>
  `settlement_records_unreadable{job="x402-worker",instance="${instance}",network="${network}"}`;
const oldestWaiting = (instance: string) =>
  `queue_oldest_waiting_seconds{job="x402-worker",instance="${instance}",queue="submit-mainnet"}`;
const valid = `payment_verifications_total{job="x402-api",network="${network}",method="default",outcome="valid",reason="none"}`;

export const SETTLEMENT_CASES: AlertCases = {
  X402SettlementFailure: [
    {
      name: 'the node refuses one, and five minutes later all is well',
      series: { [failed('refused')]: '0x5 1x20', [failed('expired')]: '0x25' },
      firing: { '5m': [], '6m': [{ ...of, reason: 'refused' }], '12m': [] },
    },
    {
      name: 'one failed long ago',
      series: { [failed('refused')]: '3x30', [failed('expired')]: '0x30' },
      firing: { '5m': [], '30m': [] },
    },
  ],
  X402SettlementFailed: [
    {
      name: 'the node refuses one, and ten minutes later all is well',
      series: { [failed('refused')]: '0x5 1x20', [failed('expired')]: '0x25' },
      firing: { '5m': [], '6m': [{ ...of, reason: 'refused' }], '17m': [] },
    },
    {
      name: 'one failed long ago',
      series: { [failed('refused')]: '3x30', [failed('expired')]: '0x30' },
      firing: { '5m': [], '30m': [] },
    },
  ],
  X402BacklogAge: [
    {
      name: 'a job waits, until a worker takes it',
      series: { [oldestWaiting('a')]: '0 20 80 140 200 0 0', [oldestWaiting('b')]: '0 20 80 140 200 0 0' },
      firing: { '1m': [], '2m': [], '3m': [{ queue: 'submit-mainnet' }], '5m': [] },
    },
    {
      name: 'jobs wait for half a minute at most',
      series: { [oldestWaiting('a')]: '30x10' },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402PendingAge: [
    {
      name: 'one is not sent for minutes',
      series: { [oldestPending('queued')]: '0+60x10', [oldestPending('queued', 'b')]: '0+60x10' },
      firing: { '4m': [], '5m': [{ ...of, state: 'queued' }] },
    },
    {
      name: 'one is in doubt for a quarter of an hour',
      series: { [oldestPending('ambiguous')]: '0+60x20' },
      firing: { '15m': [], '18m': [{ ...of, state: 'ambiguous' }] },
    },
    {
      name: 'one is in a block for more than an hour',
      series: { [oldestPending('included')]: '3601x5' },
      firing: { '2m': [{ ...of, state: 'included' }] },
    },
    {
      name: 'each state takes the longest normal time',
      series: {
        [oldestPending('queued')]: '120x20',
        [oldestPending('submitting')]: '120x20',
        [oldestPending('submitted')]: '900x20',
        [oldestPending('ambiguous')]: '900x20',
        [oldestPending('included')]: '3600x20',
      },
      firing: { '5m': [], '20m': [] },
    },
  ],
  X402StalledJobs: [
    {
      name: 'a job was taken back from a worker that vanished',
      series: { 'queue_stalled_total{job="x402-worker",queue="submit-mainnet"}': '0x5 1x30' },
      firing: { '5m': [], '6m': [{ queue: 'submit-mainnet' }], '25m': [] },
    },
    {
      name: 'none was for a long time',
      series: { 'queue_stalled_total{job="x402-worker",queue="submit-mainnet"}': '7x30' },
      firing: { '5m': [], '30m': [] },
    },
  ],
  X402NotSettling: [
    {
      name: 'payments are good and nothing is confirmed',
      series: { [valid]: '0+1x60', [confirmed]: '5x60' },
      firing: { '5m': [], '30m': [of] },
    },
    {
      name: 'payments are good and nothing was ever confirmed',
      series: { [valid]: '0+1x60' },
      firing: { '30m': [of] },
    },
    {
      name: 'a few are confirmed',
      series: { [valid]: '0+10x60', [confirmed]: '0+1x60' },
      firing: { '30m': [], '60m': [] },
    },
    {
      name: 'there are no payments',
      series: { [valid]: '500x60', [confirmed]: '400x60' },
      firing: { '30m': [], '60m': [] },
    },
    {
      name: 'a visitor verifies and does not buy',
      series: { [valid]: '0x20 10x40', [confirmed]: '0x60' },
      firing: { '30m': [], '60m': [] },
    },
  ],
  X402SettlementRecordUnreadable: [
    {
      name: 'one of two workers meets two, until they are repaired',
      series: { [unreadable()]: '0 0 2 2 2 2 0 0', [unreadable('b')]: '0x8' },
      firing: { '1m': [], '2m': [], '3m': [of], '5m': [of], '7m': [] },
    },
    {
      name: 'every record can be read',
      series: { [unreadable()]: '0x10', [unreadable('b')]: '0x10' },
      firing: { '1m': [], '10m': [] },
    },
  ],
  X402SettlementSloFastBurn: [
    {
      name: 'two of a hundred fail for an hour, and then no more',
      interval: '5m',
      series: { [confirmed]: '0+98x100', [failed('expired')]: '0+2x12 24x88' },
      firing: { '5m': [], '1h': [of], '80m': [of], '100m': [] },
    },
    {
      name: 'eight of a thousand fail for hours',
      interval: '5m',
      series: { [confirmed]: '0+992x100', [failed('expired')]: '0+8x100' },
      firing: { '8h': [of] },
    },
    {
      name: 'one of a thousand fails, as the objective allows',
      interval: '5m',
      series: { [confirmed]: '0+999x100', [failed('expired')]: '0+1x100' },
      firing: { '1h': [], '8h': [] },
    },
    {
      name: 'one of the few of a quiet day fails',
      interval: '5m',
      series: { [confirmed]: '0+1x100', [failed('expired')]: '0x20 1x80' },
      firing: { '105m': [], '2h': [], '8h': [] },
    },
    {
      name: 'nothing is settled at all',
      interval: '5m',
      series: { [confirmed]: '100x100', [failed('expired')]: '50x100' },
      firing: { '1h': [], '8h': [] },
    },
  ],
  X402SettlementSloSlowBurn: [
    {
      name: 'two of a thousand fail for days',
      interval: '1h',
      series: { [confirmed]: '0+998x100', [failed('expired')]: '0+2x100' },
      firing: { '80h': [of] },
    },
    {
      name: 'five of a thousand fail for a day, and then no more',
      interval: '30m',
      series: { [confirmed]: '0+995x200', [failed('expired')]: '0+5x48 240x152' },
      firing: { '24h': [of], '100h': [] },
    },
    {
      name: 'nine of ten thousand fail, within the objective',
      interval: '1h',
      series: { [confirmed]: '0+9991x100', [failed('expired')]: '0+9x100' },
      firing: { '24h': [], '80h': [] },
    },
    {
      name: 'two of a quiet week fail',
      interval: '1h',
      series: { [confirmed]: '0+1x100', [failed('expired')]: '0x10 1x30 2x60' },
      firing: { '11h': [], '41h': [], '80h': [] },
    },
  ],
};
