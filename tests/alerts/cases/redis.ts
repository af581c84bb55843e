import type { AlertCases } from '../support/alert-case.js';

const own = { app: 'x402-facilitator', instance: 'redis-exporter:9121', job: 'redis' };
const of = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join();
const metric = (name: string) => `${name}{${of(own)}}`;
const another = (name: string) => `${name}{${of({ instance: 'shop-redis:9121', job: 'redis' })}}`;

const api = (name: string, labels: Readonly<Record<string, string>>) =>
  `${name}{${of({ job: 'x402-api', ...labels })}}`;
const worker = (name: string, labels: Readonly<Record<string, string>>) =>
  `${name}{${of({ job: 'x402-worker', ...labels })}}`;

export const REDIS_CASES: AlertCases = {
  X402RedisDown: [
    {
      name: 'it is away for two minutes',
      series: { [metric('redis_up')]: '1 0 0 0 1' },
      firing: { '1m': [], '2m': [own], '4m': [] },
    },
    {
      name: 'it is up, and a stranger’s Redis is down',
      series: { [metric('redis_up')]: '1x10', [another('redis_up')]: '0x10' },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402RedisPersistenceFailing: [
    {
      name: 'a write of the append-only file fails, and the next one does not',
      series: {
        [metric('redis_aof_enabled')]: '1x6',
        [metric('redis_aof_last_write_status')]: '1 0 0 0 1 1',
        [metric('redis_aof_last_bgrewrite_status')]: '1x6',
      },
      firing: { '1m': [], '2m': [own], '4m': [] },
    },
    {
      name: 'it is turned off',
      series: { [metric('redis_aof_enabled')]: '0x6', [metric('redis_aof_last_write_status')]: '1x6' },
      firing: { '1m': [own] },
    },
    {
      name: 'a rewrite fails',
      series: { [metric('redis_aof_enabled')]: '1x6', [metric('redis_aof_last_bgrewrite_status')]: '0x6' },
      firing: { '1m': [own] },
    },
    {
      name: 'everything is written',
      series: {
        [metric('redis_aof_enabled')]: '1x10',
        [metric('redis_aof_last_write_status')]: '1x10',
        [metric('redis_aof_last_bgrewrite_status')]: '1x10',
        [another('redis_aof_enabled')]: '0x10',
      },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402JournalRefusesWrites: [
    {
      name: 'one replica is refused a write, once',
      series: {
        [api('journal_refuses_writes', { error: 'OOM' })]: '0 1 0x5',
        [api('journal_refuses_writes', { error: 'READONLY' })]: '0x7',
        [worker('journal_refuses_writes', { error: 'OOM' })]: '0x7',
      },
      firing: { '0m': [], '1m': [{ error: 'OOM' }], '2m': [] },
    },
    {
      name: 'all writes are taken, and a process cannot tell',
      series: { [worker('journal_refuses_writes', { error: 'OOM' })]: '0x4 _x6' },
      firing: { '3m': [], '9m': [] },
    },
  ],
  X402JournalNotDurable: [
    {
      name: 'a fail-over leads to a Redis without an append-only file',
      series: {
        [api('journal_setting_unsafe', { setting: 'appendonly' })]: '0 1 1 0',
        [worker('journal_setting_unsafe', { setting: 'appendonly' })]: '0 0 1 0',
        [api('journal_setting_unsafe', { setting: 'appendfsync' })]: '0x4',
      },
      firing: { '0m': [], '1m': [{ setting: 'appendonly' }], '2m': [{ setting: 'appendonly' }], '3m': [] },
    },
    {
      name: 'every setting is safe',
      series: { [api('journal_setting_unsafe', { setting: 'appendonly' })]: '0x10' },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402RedisMemoryCritical: [
    {
      name: '96 of 100 MB are used for a moment',
      series: {
        [metric('redis_memory_used_bytes')]: '90000000 96000000 90000000',
        [metric('redis_memory_max_bytes')]: '100000000x3',
      },
      firing: { '0m': [], '1m': [own], '2m': [] },
    },
    {
      name: '94 of 100 MB are, or it has no limit',
      series: {
        [metric('redis_memory_used_bytes')]: '94000000x10',
        [metric('redis_memory_max_bytes')]: '100000000x5 0x5',
      },
      firing: { '4m': [], '8m': [] },
    },
  ],
  X402RedisMemoryHigh: [
    {
      name: '90 of 100 MB are used',
      series: {
        [metric('redis_memory_used_bytes')]: '90000000x10 50000000x5',
        [metric('redis_memory_max_bytes')]: '100000000x15',
      },
      firing: { '4m': [], '5m': [own], '12m': [] },
    },
    {
      name: '84 of 100 MB are',
      series: {
        [metric('redis_memory_used_bytes')]: '84000000x10',
        [metric('redis_memory_max_bytes')]: '100000000x10',
      },
      firing: { '5m': [], '10m': [] },
    },
    {
      name: 'it has no limit',
      series: {
        [metric('redis_memory_used_bytes')]: '90000000x10',
        [metric('redis_memory_max_bytes')]: '0x10',
      },
      firing: { '5m': [], '10m': [] },
    },
  ],
};
