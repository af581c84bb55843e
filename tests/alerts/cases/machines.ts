import type { AlertCases } from '../support/alert-case.js';

const process = { job: 'x402-api', instance: 'api:9465' };
const ours = (name: string) => `${name}{job="x402-api",instance="api:9465"}`;
const redis = { job: 'redis', app: 'x402-facilitator' };
const ofRedis = (name: string) => `${name}{job="redis",app="x402-facilitator"}`;
const pod = { namespace: 'x402-production', pod: 'x402-worker-5d9c-abcde', container: 'worker' };
const ofPod = (name: string, more = '') =>
  `${name}{namespace="${pod.namespace}",pod="${pod.pod}",container="worker"${more}}`;
const stranger = (name: string) => `${name}{namespace="shop",pod="shop-5d9c-abcde",container="api"}`;
const file = (name: string, type = 'ext4') =>
  `${name}{job="node",instance="node:9100",device="/dev/vda",fstype="${type}",mountpoint="/"}`;
const volume = (name: string) =>
  `${name}{namespace="x402-production",persistentvolumeclaim="data-x402-redis-0"}`;

const backupFile = 'node_textfile_mtime_seconds{job="node",instance="node:9100",file="/backup/backup.prom"}';
const cluster = { namespace: 'x402-production', cronjob: 'x402-backup' };
const cronJob = (what: string, cronjob = cluster.cronjob) =>
  `kube_cronjob_${what}{namespace="x402-production",cronjob="${cronjob}"}`;

export const MACHINE_CASES: AlertCases = {
  X402ContainerCpuHigh: [
    {
      name: 'a process uses 90 % of a core, and then less',
      series: { [ours('process_cpu_seconds_total')]: '0+54x15 810+6x15' },
      firing: { '4m': [], '10m': [process], '25m': [] },
    },
    {
      name: 'Redis does',
      series: {
        [ofRedis('redis_cpu_sys_seconds_total')]: '0+27x20',
        [ofRedis('redis_cpu_user_seconds_total')]: '0+27x20',
      },
      firing: { '10m': [redis] },
    },
    {
      name: 'a container of the cluster does',
      series: { [ofPod('container_cpu_usage_seconds_total')]: '0+54x20' },
      firing: { '10m': [pod] },
    },
    {
      name: 'all of them use three quarters, and a stranger more',
      series: {
        [ours('process_cpu_seconds_total')]: '0+45x30',
        [ofPod('container_cpu_usage_seconds_total')]: '0+45x30',
        [stranger('container_cpu_usage_seconds_total')]: '0+60x30',
      },
      firing: { '10m': [], '30m': [] },
    },
  ],
  X402HighMemoryUsage: [
    {
      name: 'a process uses 460 of 512 MB, and then less',
      series: {
        [ours('process_resident_memory_bytes')]: '460000000x10 300000000x5',
        [ours('x402_memory_limit_bytes')]: '512000000x15',
      },
      firing: { '4m': [], '6m': [process], '12m': [] },
    },
    {
      name: 'a container of the cluster does',
      series: {
        [ofPod('container_memory_working_set_bytes')]: '900000000x10',
        [ofPod('kube_pod_container_resource_limits', ',resource="memory",unit="byte"')]: '1000000000x10',
      },
      firing: { '6m': [pod] },
    },
    {
      name: 'both use 84 %, and a container without a limit more',
      series: {
        [ours('process_resident_memory_bytes')]: '84x10',
        [ours('x402_memory_limit_bytes')]: '100x10',
        [ofPod('container_memory_working_set_bytes')]: '84x10',
        [ofPod('kube_pod_container_resource_limits', ',resource="memory",unit="byte"')]: '100x10',
        [stranger('container_memory_working_set_bytes')]: '500x10',
      },
      firing: { '6m': [], '10m': [] },
    },
  ],
  X402ContainerRestarts: [
    {
      name: 'a process starts four times, and then stays',
      series: { [ours('process_start_time_seconds')]: '10x5 20x5 30x5 40x5 50x100' },
      firing: { '15m': [], '24m': [process], '90m': [] },
    },
    {
      name: 'a container of the cluster does',
      series: { [ofPod('kube_pod_container_status_restarts_total')]: '0x5 1x5 2x5 3x5 4x60' },
      firing: { '26m': [pod] },
    },
    {
      name: 'it starts three times',
      series: {
        [ours('process_start_time_seconds')]: '10x5 20x5 30x5 40x60',
        [ofRedis('redis_start_time_seconds')]: '5x70',
      },
      firing: { '20m': [], '60m': [] },
    },
  ],
  X402BackupMissed: [
    {
      name: 'the file of a backup was touched at first, and again after 28 hours',
      interval: '1h',
      series: { [backupFile]: '0x28 100800x10' },
      firing: {
        '26h': [],
        '28h': [{ job: 'node', instance: 'node:9100', file: '/backup/backup.prom' }],
        '30h': [],
      },
    },
    {
      name: 'the job of a cluster succeeded once',
      interval: '1h',
      series: { [cronJob('status_last_successful_time')]: '3600x40', [cronJob('created')]: '0x40' },
      firing: { '26h': [], '30h': [cluster] },
    },
    {
      name: 'it never did',
      interval: '1h',
      series: { [cronJob('created')]: '0x40' },
      firing: { '25h': [], '30h': [cluster] },
    },
    {
      name: 'a stranger’s did not, and ours does every day',
      interval: '1h',
      series: {
        [cronJob('status_last_successful_time')]: '0x24 86400x20',
        [cronJob('status_last_successful_time', 'shop-backup')]: '0x44',
      },
      firing: { '30h': [], '44h': [] },
    },
  ],
  X402DiskFilling: [
    {
      name: 'a disk is 85 % full, until it is cleared',
      series: {
        [file('node_filesystem_avail_bytes')]: '15x10 60x5',
        [file('node_filesystem_size_bytes')]: '100x15',
      },
      firing: {
        '4m': [],
        '6m': [{ job: 'node', instance: 'node:9100', device: '/dev/vda', fstype: 'ext4', mountpoint: '/' }],
        '12m': [],
      },
    },
    {
      name: "Redis's volume is",
      series: {
        [volume('kubelet_volume_stats_used_bytes')]: '85x10',
        [volume('kubelet_volume_stats_capacity_bytes')]: '100x10',
      },
      firing: { '6m': [{ namespace: 'x402-production', persistentvolumeclaim: 'data-x402-redis-0' }] },
    },
    {
      name: 'disks are 79 % full, and a file system in memory is full',
      series: {
        [file('node_filesystem_avail_bytes')]: '21x10',
        [file('node_filesystem_size_bytes')]: '100x10',
        [file('node_filesystem_avail_bytes', 'tmpfs')]: '0x10',
        [file('node_filesystem_size_bytes', 'tmpfs')]: '100x10',
        [volume('kubelet_volume_stats_used_bytes')]: '79x10',
        [volume('kubelet_volume_stats_capacity_bytes')]: '100x10',
      },
      firing: { '6m': [], '10m': [] },
    },
  ],
};
