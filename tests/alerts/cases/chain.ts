import type { AlertCases } from '../support/alert-case.js';

const network = 'cardano:mainnet';
const of = { network };
const provider = { provider: 'blockfrost' };
const up = (job: string, name = 'blockfrost', instance = 'a') =>
  `rpc_provider_up{job="${job}",instance="${instance}",provider="${name}"}`;
const calls = (outcome: string) =>
  `rpc_requests_total{job="x402-worker",provider="blockfrost",operation="tip",outcome="${outcome}"}`;
const errors = 'rpc_errors_total{job="x402-worker",provider="blockfrost",operation="tip",outcome="timeout"}';
const took = (le: string) =>
  `rpc_request_duration_seconds_bucket{job="x402-worker",provider="blockfrost",operation="tip",outcome="ok",le="${le}"}`;
const quota = (what: string, instance: string) =>
  `rpc_quota_${what}{job="x402-api",instance="${instance}",provider="blockfrost"}`;
const budgetRefusals = (reason: string, instance: string) =>
  `rpc_budget_refusals_total{job="x402-api",instance="${instance}",provider="blockfrost",reason="${reason}"}`;
const height = (instance: string) =>
  `chain_tip_height{job="x402-worker",instance="${instance}",network="${network}"}`;
const pending = (state: string, instance = 'a') =>
  `settlements_pending{job="x402-worker",instance="${instance}",network="${network}",state="${state}"}`;
const runs = (version: number, instance = 'a') => ({
  [`chain_protocol_version{job="x402-api",instance="${instance}",network="${network}"}`]: `${version}x10`,
});
const knows = (version: number, instance = 'a') => ({
  [`chain_protocol_version_judged{job="x402-api",instance="${instance}"}`]: `${version}x10`,
});
const rolledBackBlocks = `chain_rolled_back_blocks_total{job="x402-worker",network="${network}"}`;
const rollbacks = `chain_rollbacks_total{job="x402-worker",network="${network}"}`;
const cache = (what: string, name: string) => `cache_${what}_total{job="x402-api",cache="${name}"}`;

export const CHAIN_CASES: AlertCases = {
  X402ProtocolVersionUnknown: [
    {
      name: 'the network is ahead of every replica',
      series: { ...runs(12), ...knows(11), ...runs(12, 'b'), ...knows(11, 'b') },
      firing: { '1m': [of] },
    },
    {
      name: 'an upgrade has reached one replica of two',
      series: { ...runs(12), ...knows(11), ...runs(12, 'b'), ...knows(12, 'b') },
      firing: { '1m': [of] },
    },
    {
      name: 'the network runs what is known, or less',
      series: { ...runs(11), ...knows(11), ...runs(10, 'b'), ...knows(11, 'b') },
      firing: { '5m': [] },
    },
  ],
  X402NoHealthyProvider: [
    {
      name: 'the API has no provider left for a while',
      series: {
        [up('x402-api')]: '1 0 0 0 1',
        [up('x402-api', 'koios-2')]: '0 0 0 0 0',
        [up('x402-worker')]: '1x5',
      },
      firing: { '1m': [], '2m': [{ job: 'x402-api' }], '4m': [] },
    },
    {
      name: 'the fallback is up',
      series: { [up('x402-api')]: '0x10', [up('x402-api', 'koios-2')]: '1x10' },
      firing: { '5m': [], '10m': [] },
    },
    {
      name: 'another replica still reaches it',
      series: { [up('x402-api', 'blockfrost', 'a')]: '0x10', [up('x402-api', 'blockfrost', 'b')]: '1x10' },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402ProviderDown: [
    {
      name: 'one of two is out of use for ten minutes',
      series: { [up('x402-api')]: '1 0x9 1x5', [up('x402-api', 'koios-2')]: '1x15' },
      firing: { '5m': [], '7m': [provider], '12m': [] },
    },
    {
      name: 'it comes and goes within minutes',
      series: { [up('x402-api')]: '1 0 0 0 1 0 0 1 1 0 0 1' },
      firing: { '3m': [], '6m': [], '10m': [] },
    },
  ],
  X402QuotaSpent: [
    {
      name: 'one of two providers has none left until midnight',
      series: {
        [quota('remaining', 'a')]: '40 20 0x20 50000x5',
        [quota('remaining', 'b')]: '40x22 50000x5',
      },
      firing: { '2m': [], '5m': [provider], '26m': [] },
    },
    {
      name: 'a few are left',
      series: { [quota('remaining', 'a')]: '5x20' },
      firing: { '10m': [], '20m': [] },
    },
  ],
  X402ReserveReached: [
    {
      name: 'strangers ask on and on for ten minutes, on two replicas',
      series: {
        [budgetRefusals('reserved', 'a')]: '0+1x10 10x20',
        [budgetRefusals('reserved', 'b')]: '0+2x10 20x20',
      },
      firing: { '2m': [], '8m': [provider], '25m': [] },
    },
    {
      name: 'a burst, and polling that gives way',
      series: {
        [budgetRefusals('reserved', 'a')]: '0 4x20',
        [budgetRefusals('rate', 'a')]: '0+10x20',
        [budgetRefusals('quota', 'a')]: '0+10x20',
      },
      firing: { '5m': [], '15m': [] },
    },
  ],
  X402ProviderErrors: [
    {
      name: 'six of a hundred calls go wrong, and then no more',
      series: { [calls('ok')]: '0+94x40', [calls('timeout')]: '0+6x20 120x20', [errors]: '0+6x20 120x20' },
      firing: { '4m': [], '10m': [provider], '35m': [] },
    },
    {
      name: 'four of a hundred do',
      series: { [calls('ok')]: '0+96x40', [calls('timeout')]: '0+4x40', [errors]: '0+4x40' },
      firing: { '10m': [], '40m': [] },
    },
    {
      name: 'a probe fails now and then while nothing else is asked',
      series: { [calls('ok')]: '0+1x40', [calls('timeout')]: '0x10 1x10 2x20', [errors]: '0x10 1x10 2x20' },
      firing: { '12m': [], '15m': [], '22m': [] },
    },
    {
      name: 'nothing is asked any more',
      series: { [calls('ok')]: '50x40', [calls('timeout')]: '50x40', [errors]: '50x40' },
      firing: { '10m': [], '40m': [] },
    },
  ],
  X402RPCErrors: [
    {
      name: 'six of a hundred calls go wrong, and then no more',
      series: { [calls('ok')]: '0+94x40', [calls('timeout')]: '0+6x20 120x20', [errors]: '0+6x20 120x20' },
      firing: { '4m': [], '10m': [{}], '35m': [] },
    },
    {
      name: 'one provider fails, and it has few of all calls',
      series: {
        [calls('timeout')]: '0+4x40',
        [errors]: '0+4x40',
        'rpc_requests_total{job="x402-worker",provider="koios-2",operation="tip",outcome="ok"}': '0+96x40',
      },
      firing: { '10m': [], '40m': [] },
    },
    {
      name: 'nothing is asked any more',
      series: { [calls('ok')]: '50x40', [calls('timeout')]: '50x40', [errors]: '50x40' },
      firing: { '10m': [], '40m': [] },
    },
  ],
  X402RpcSlow: [
    {
      name: 'two of a hundred calls take more than 2 s',
      series: {
        [took('2')]: '0+98x20',
        [took('4')]: '0+100x20',
        [took('+Inf')]: '0+100x20',
        [calls('ok')]: '0+100x20',
      },
      firing: { '4m': [], '10m': [provider] },
    },
    {
      name: 'one of two hundred does',
      series: {
        [took('2')]: '0+199x20',
        [took('4')]: '0+200x20',
        [took('+Inf')]: '0+200x20',
        [calls('ok')]: '0+200x20',
      },
      firing: { '10m': [], '20m': [] },
    },
    {
      name: 'there is only a slow probe a minute',
      series: {
        [took('2')]: '0x20',
        [took('4')]: '0+1x20',
        [took('+Inf')]: '0+1x20',
        [calls('ok')]: '0+1x20',
      },
      firing: { '10m': [], '20m': [] },
    },
  ],
  X402QuotaNearlyUsed: [
    {
      name: 'a replica sees that a quarter is left, until midnight',
      series: {
        [quota('remaining', 'a')]: '12500x10 49999x10',
        [quota('limit', 'a')]: '50000x20',
        [quota('remaining', 'b')]: '30000x10 _x10',
        [quota('limit', 'b')]: '50000x20',
      },
      firing: { '4m': [], '6m': [provider], '15m': [] },
    },
    {
      name: 'a third is left',
      series: { [quota('remaining', 'a')]: '16000x20', [quota('limit', 'a')]: '50000x20' },
      firing: { '10m': [], '20m': [] },
    },
    {
      name: 'the provider has no limit',
      series: { [up('x402-api')]: '1x20' },
      firing: { '10m': [], '20m': [] },
    },
  ],
  X402FollowerStuck: [
    {
      name: 'the tip stops with something pending, and moves again',
      series: { [height('a')]: '100x10 110 113 116 119', [pending('submitted')]: '3x13' },
      firing: { '3m': [], '9m': [of], '12m': [] },
    },
    {
      name: 'nothing is pending, so no worker looks',
      series: { [height('a')]: '100x30', [pending('submitted')]: '0x30' },
      firing: { '10m': [], '30m': [] },
    },
    {
      name: 'a payment comes after an idle hour',
      series: { [height('a')]: '100x9 200x5', [pending('submitted')]: '0x9 1 0x4' },
      firing: { '10m': [], '11m': [], '14m': [] },
    },
    {
      name: 'blocks come once a minute',
      series: { [height('a')]: '100+1x30', [pending('submitted')]: '5x30' },
      firing: { '10m': [], '30m': [] },
    },
    {
      name: 'another worker has taken the lease',
      series: {
        [height('a')]: '100+3x9 _x10',
        [height('b')]: '_x10 130+3x9',
        [pending('submitted')]: '5x20',
        [pending('submitted', 'b')]: '5x20',
      },
      firing: { '10m': [], '11m': [], '15m': [] },
    },
  ],
  X402NoFollower: [
    {
      name: 'no worker follows while something is pending',
      series: {
        [height('a')]: '100 100 _x10',
        [pending('submitted')]: '1x4 0x6',
        [pending('queued')]: '0x10',
      },
      firing: { '1m': [], '5m': [], '9m': [] },
    },
    {
      name: 'no worker has ever followed',
      series: { [pending('submitted')]: '1x4 0x6', [pending('queued')]: '0x10' },
      firing: { '1m': [], '3m': [of], '6m': [] },
    },
    {
      name: 'a worker other than the one asked follows',
      series: {
        [height('b')]: '100+3x10',
        [pending('submitted')]: '1x10',
        [pending('submitted', 'b')]: '1x10',
      },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402Rollback: [
    {
      name: 'blocks leave the chain',
      series: { [rollbacks]: '0x5 1x30' },
      firing: { '5m': [], '6m': [of], '25m': [] },
    },
    { name: 'they did yesterday', series: { [rollbacks]: '4x30' }, firing: { '5m': [], '30m': [] } },
  ],
  X402DeepRollback: [
    {
      name: 'eight blocks leave the chain at once',
      series: { [rolledBackBlocks]: '0x5 8x30' },
      firing: { '5m': [], '6m': [of], '25m': [] },
    },
    {
      name: 'two leave it twice within a quarter of an hour',
      series: { [rolledBackBlocks]: '0x5 2x5 4x30' },
      firing: { '6m': [], '12m': [], '25m': [] },
    },
  ],
  X402LowCacheHitRate: [
    {
      name: 'six of ten lookups are answered, over all caches',
      series: {
        [cache('hits', 'network_facts')]: '0+50x120',
        [cache('misses', 'network_facts')]: '0+10x120',
        [cache('hits', 'outputs')]: '0+10x120',
        [cache('misses', 'outputs')]: '0+30x120',
      },
      firing: { '30m': [], '32m': [{}], '100m': [{}] },
    },
    {
      name: 'eight of ten are',
      series: { [cache('hits', 'outputs')]: '0+80x120', [cache('misses', 'outputs')]: '0+20x120' },
      firing: { '40m': [], '100m': [] },
    },
    {
      name: 'nothing is looked up',
      series: { [cache('hits', 'outputs')]: '1x120', [cache('misses', 'outputs')]: '9x120' },
      firing: { '40m': [], '100m': [] },
    },
  ],
  X402CacheIneffective: [
    {
      name: 'six of ten lookups are answered',
      series: { [cache('hits', 'network_facts')]: '0+60x60', [cache('misses', 'network_facts')]: '0+40x60' },
      firing: { '14m': [], '20m': [{ cache: 'network_facts' }] },
    },
    {
      name: 'eight of ten are',
      series: { [cache('hits', 'network_facts')]: '0+80x60', [cache('misses', 'network_facts')]: '0+20x60' },
      firing: { '20m': [], '60m': [] },
    },
    {
      name: 'every payment is a new one',
      series: { [cache('hits', 'outputs')]: '0x60', [cache('misses', 'outputs')]: '0+100x60' },
      firing: { '20m': [], '60m': [] },
    },
    {
      name: 'there is almost nothing to look up',
      series: { [cache('hits', 'network_facts')]: '0x60', [cache('misses', 'network_facts')]: '0+1x60' },
      firing: { '20m': [], '60m': [] },
    },
  ],
};
