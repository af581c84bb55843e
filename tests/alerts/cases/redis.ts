import type { AlertCases } from '../support/alert-case.js';

const own = { app: 'x402-facilitator', instance: 'redis-exporter:9121', job: 'redis' };
const of = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join();
const metric = (name: string) => `${name}{${of(own)}}`;
const another = (name: string) => `${name}{${of({ instance: 'shop-redis:9121', job: 'redis' })}}`;

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
