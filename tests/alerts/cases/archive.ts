import type { AlertCases } from '../support/alert-case.js';

const network = 'cardano:mainnet';
const of = { network };
const shown = (name: string, instance: string) =>
  `${name}{job="x402-worker",instance="${instance}",network="${network}"}`;
const failures = (reason: string) =>
  `archive_failures_total{job="x402-worker",network="${network}",reason="${reason}"}`;

export const ARCHIVE_CASES: AlertCases = {
  X402ArchiveBehind: [
    {
      name: 'the archive is away for a quarter of an hour, and catches up',
      series: { [shown('archive_oldest_due_seconds', 'a')]: '0+60x17 0x10' },
      firing: { '10m': [], '15m': [], '16m': [of], '19m': [] },
    },
    {
      name: 'it is slow for minutes',
      series: { [shown('archive_oldest_due_seconds', 'a')]: '0+60x9 0x20' },
      firing: { '9m': [], '25m': [] },
    },
    { name: 'there is none', series: { 'up{job="x402-worker"}': '1x30' }, firing: { '30m': [] } },
  ],
  X402ArchiveNearlyFull: [
    {
      name: 'more than half of what may wait does, which every worker shows',
      series: {
        [shown('archive_backlog', 'a')]: '0+10000x8 0x10',
        [shown('archive_backlog', 'b')]: '0+10000x8 0x10',
        [shown('archive_max_backlog', 'a')]: '100000x20',
        [shown('archive_max_backlog', 'b')]: '100000x20',
      },
      firing: { '5m': [], '7m': [of], '10m': [] },
    },
    {
      name: 'a busy hour',
      series: {
        [shown('archive_backlog', 'a')]: '5000x30',
        [shown('archive_max_backlog', 'a')]: '100000x30',
      },
      firing: { '30m': [] },
    },
  ],
  X402ArchiveRowFails: [
    {
      name: 'the database refuses one',
      series: { [failures('refused')]: '0x5 1x30', [failures('differs')]: '0x35' },
      firing: { '5m': [], '6m': [{ ...of, reason: 'refused' }], '22m': [] },
    },
    {
      name: 'it is away, which has an alert of its own',
      series: { [failures('away')]: '0+60x35', [failures('refused')]: '0x35' },
      firing: { '10m': [], '35m': [] },
    },
  ],
};
