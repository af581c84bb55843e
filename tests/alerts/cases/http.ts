import type { AlertCases } from '../support/alert-case.js';

const answers = (status: string, route = '/settle') =>
  `http_requests_total{job="x402-api",method="POST",route="${route}",status="${status}"}`;
const failures = (status: string, route = '/settle') =>
  `http_requests_failed_total{job="x402-api",method="POST",route="${route}",status="${status}"}`;
const took = (le: string, route: string) =>
  `http_request_duration_seconds_bucket{job="x402-api",method="POST",route="${route}",status="200",le="${le}"}`;
const count = (route: string) =>
  `http_request_duration_seconds_count{job="x402-api",method="POST",route="${route}",status="200"}`;

/** This many requests a minute, some of which take longer than 5 s. */
const durations = (route: string, perMinute: number, slow: number) => ({
  [took('5', route)]: `0+${perMinute - slow}x30`,
  [took('10', route)]: `0+${perMinute}x30`,
  [took('+Inf', route)]: `0+${perMinute}x30`,
  [count(route)]: `0+${perMinute}x30`,
});

const scripts = (outcome: string, instance = 'a') =>
  `script_evaluations_total{job="x402-api",instance="${instance}",outcome="${outcome}"}`;

const cuts = (reason: string, instance = 'a') =>
  `http_connections_cut_total{job="x402-api",instance="${instance}",reason="${reason}"}`;

const limited = (caller: string, instance = 'a') =>
  `http_requests_limited_total{job="x402-api",instance="${instance}",caller="${caller}"}`;

const selfCheck = (instance: string) =>
  `self_check_passing{job="x402-api",instance="${instance}",network="cardano:mainnet"}`;
const shadow = (agreement: string) =>
  `shadow_judgements_total{job="x402-api",instance="a",network="cardano:mainnet",agreement="${agreement}"}`;

const screenings = (outcome: string, instance = 'a') =>
  `screenings_total{job="x402-api",instance="${instance}",network="cardano:mainnet",outcome="${outcome}"}`;
const declarations = (outcome: string) =>
  `discovery_declarations_total{job="x402-api",instance="a",outcome="${outcome}"}`;
const outdated = (instance: string) => `screening_deny_file_outdated{job="x402-api",instance="${instance}"}`;

export const HTTP_CASES: AlertCases = {
  X402ScreeningFails: [
    {
      name: 'the service is away for ten minutes, and replicas refuse',
      series: {
        [screenings('unavailable')]: '0+1x10 10x25',
        [screenings('unavailable', 'b')]: '0+1x10 10x25',
        [screenings('denied')]: '0+50x35',
        [outdated('a')]: '0x35',
      },
      firing: { '2m': [], '8m': [{ outcome: 'unavailable' }], '30m': [] },
    },
    {
      name: 'payments are taken unscreened',
      series: { [screenings('accepted_unscreened')]: '0+10x15' },
      firing: { '5m': [{ outcome: 'accepted_unscreened' }] },
    },
    {
      name: 'one replica cannot read the file, until it is mended',
      series: { [outdated('a')]: '0x5 1x5 0x10', [outdated('b')]: '0x20' },
      firing: { '5m': [], '8m': [{ instance: 'a' }], '13m': [] },
    },
    {
      name: 'single questions fail, and many payments are denied',
      series: { [screenings('unavailable')]: '0 0 3x18', [screenings('denied')]: '0+100x20' },
      firing: { '5m': [], '15m': [] },
    },
  ],
  X402CatalogueFull: [
    {
      name: 'one new resource finds no room, and an hour later there is some',
      series: { [declarations('catalogue_full')]: '0x5 1x90', [declarations('listed')]: '0+3x95' },
      firing: { '4m': [], '7m': [{}], '70m': [] },
    },
    {
      name: 'one host or one seller reaches its own bound',
      series: { [declarations('host_full')]: '0+5x20', [declarations('listed')]: '0+3x20' },
      firing: { '5m': [], '15m': [] },
    },
  ],
  X402JudgesDiffer: [
    {
      name: 'one payment in an hour',
      series: { [shadow('ours_accepted')]: '0x10 1x90', [shadow('agreed')]: '0+9x100' },
      firing: {
        '5m': [],
        '12m': [{ network: 'cardano:mainnet', agreement: 'ours_accepted' }],
        '75m': [],
      },
    },
    {
      name: 'it is stricter than we are, and the reverse',
      series: { [shadow('ours_accepted')]: '0 0 3x5', [shadow('ours_refused')]: '0 0 1x5' },
      firing: {
        '4m': [
          { network: 'cardano:mainnet', agreement: 'ours_accepted' },
          { network: 'cardano:mainnet', agreement: 'ours_refused' },
        ],
      },
    },
    {
      name: 'it cannot judge some, and has no time for others',
      series: { [shadow('cannot_judge')]: '0+5x20', [shadow('dropped')]: '0+50x20' },
      firing: { '15m': [] },
    },
  ],
  X402ConnectionsRefused: [
    {
      name: 'a replica is full for five minutes, and then no more',
      series: { [cuts('process')]: '0+20x5 100x25', [cuts('process', 'b')]: '0x30' },
      firing: { '0m': [], '3m': [{}], '20m': [] },
    },
    {
      name: 'single callers are cut, and a few are refused',
      series: { [cuts('address')]: '0+50x20', [cuts('slow')]: '0+50x20', [cuts('process')]: '0 0 5x18' },
      firing: { '5m': [], '12m': [] },
    },
  ],
  X402ScriptsNotJudged: [
    {
      name: 'scripts run into the deadline on two replicas for ten minutes, and then no more',
      series: {
        [scripts('too_expensive')]: '0+1x10 10x25',
        [scripts('too_expensive', 'b')]: '0+1x10 10x25',
        [scripts('satisfied')]: '0+5x35',
      },
      firing: { '2m': [], '9m': [{}], '30m': [] },
    },
    {
      name: 'too many wait',
      series: { [scripts('busy')]: '0 0 60x20' },
      firing: { '1m': [], '3m': [{}], '18m': [] },
    },
    {
      name: 'a heavy contract now and then, and scripts that fail',
      series: { [scripts('too_expensive')]: '0+1x3 3x20', [scripts('failed')]: '0+50x20' },
      firing: { '5m': [], '12m': [] },
    },
  ],
  X402KeyOverLimit: [
    {
      name: 'a key is refused on two replicas for ten minutes, and then no more',
      series: { [limited('key')]: '0+1x10 10x25', [limited('key', 'b')]: '0+1x10 10x25' },
      firing: { '2m': [], '9m': [{}], '30m': [] },
    },
    {
      name: 'strangers are refused, and a key now and then',
      series: { [limited('address')]: '0+100x20', [limited('key')]: '0+1x3 3x20' },
      firing: { '5m': [], '12m': [] },
    },
  ],
  X402SelfCheckFails: [
    {
      name: 'one of two replicas fails it for a while',
      series: { [selfCheck('a')]: '1x4 0x4 1x4', [selfCheck('b')]: '1x20' },
      firing: { '4m': [], '7m': [{ instance: 'a', network: 'cardano:mainnet' }], '11m': [] },
    },
    {
      name: 'every replica passes, and one goes away',
      series: { [selfCheck('a')]: '1x20', [selfCheck('b')]: '1x4' },
      firing: { '5m': [], '20m': [] },
    },
  ],
  X402ApiDown: [
    {
      name: 'the only replica is away for two minutes, and back',
      series: { 'up{job="x402-api",instance="a"}': '1 1 0 0 0 1 1' },
      firing: { '2m': [], '3m': [{}], '4m': [{}], '5m': [] },
    },
    {
      name: 'no target was ever found to scrape',
      series: { 'up{job="x402-worker",instance="w"}': '1x5' },
      firing: { '1m': [{}] },
    },
    {
      name: 'one replica of two is away',
      series: { 'up{job="x402-api",instance="a"}': '0x10', 'up{job="x402-api",instance="b"}': '1x10' },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402WorkerDown: [
    {
      name: 'every worker is away, and one comes back',
      series: {
        'up{job="x402-worker",instance="a"}': '1 0 0 0 1 1',
        'up{job="x402-worker",instance="b"}': '1 0 0 0 0 0',
      },
      firing: { '1m': [], '2m': [{}], '3m': [{}], '4m': [] },
    },
    {
      name: 'one worker of two is away',
      series: {
        'up{job="x402-worker",instance="a"}': '0x10',
        'up{job="x402-worker",instance="b"}': '1x10',
      },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402FacilitatorDown: [
    {
      name: 'one replica of two is away for more than a minute',
      series: {
        'up{job="x402-api",instance="a"}': '1 0 0 0 1',
        'up{job="x402-api",instance="b"}': '1x10',
        'up{job="x402-worker",instance="w"}': '1x10',
      },
      firing: { '1m': [], '2m': [{ job: 'x402-api', instance: 'a' }], '4m': [] },
    },
    {
      name: 'a worker is away',
      series: { 'up{job="x402-worker",instance="w"}': '0x5' },
      firing: { '2m': [{ job: 'x402-worker', instance: 'w' }] },
    },
    {
      name: 'another program is',
      series: { 'up{job="node",instance="n"}': '0x10', 'up{job="x402-api",instance="a"}': '1x10' },
      firing: { '5m': [], '10m': [] },
    },
  ],
  X402HighErrorRate: [
    {
      name: 'two of a hundred answers are 503 for more than five minutes',
      series: {
        [answers('200')]: '0+98x30',
        [answers('503')]: '0+2x15 30x15',
        [failures('503')]: '0+2x15 30x15',
      },
      firing: { '5m': [], '10m': [{}], '30m': [] },
    },
    {
      name: 'nine of a thousand fail, and a probe gets the answer unhealthy',
      series: {
        [answers('200')]: '0+991x30',
        [answers('500')]: '0+9x30',
        [failures('500')]: '0+9x30',
        [answers('503', '/health')]: '0+600x30',
        [failures('503', '/health')]: '0+600x30',
      },
      firing: { '10m': [], '30m': [] },
    },
  ],
  X402HighErrorRateCritical: [
    {
      name: 'two of a hundred answers are 503, and then none',
      series: {
        [answers('200')]: '0+98x30',
        [answers('503')]: '0+2x15 30x15',
        [failures('503')]: '0+2x15 30x15',
      },
      firing: { '10m': [{}], '30m': [] },
    },
    {
      name: 'nine of a thousand fail',
      series: { [answers('200')]: '0+991x30', [answers('500')]: '0+9x30', [failures('500')]: '0+9x30' },
      firing: { '10m': [], '30m': [] },
    },
    {
      name: 'a single request fails in a quiet night',
      series: { [answers('200')]: '0+1x30', [answers('500')]: '0x9 1x20', [failures('500')]: '0x9 1x20' },
      firing: { '11m': [], '13m': [] },
    },
    {
      name: 'a probe gets the answer unhealthy',
      series: {
        [answers('200')]: '0+100x30',
        [answers('503', '/health')]: '0+6x30',
        [failures('503', '/health')]: '0+6x30',
      },
      firing: { '10m': [], '30m': [] },
    },
    {
      name: 'there are no requests any more',
      series: { [answers('200')]: '100x30', [answers('503')]: '50x30', [failures('503')]: '50x30' },
      firing: { '10m': [], '30m': [] },
    },
  ],
  X402HighLatency: [
    {
      name: 'two of a hundred requests take more than 5 s',
      series: durations('/verify', 100, 2),
      firing: { '4m': [], '10m': [{}] },
    },
    {
      name: 'one of two hundred does',
      series: durations('/verify', 200, 1),
      firing: { '10m': [], '30m': [] },
    },
    {
      name: 'callers that wait for an outcome wait long',
      series: { ...durations('/settle:wait', 100, 100), ...durations('/verify', 100, 0) },
      firing: { '10m': [], '30m': [] },
    },
    {
      name: 'one request in five minutes is slow, and there is no other',
      series: {
        [took('5', '/verify')]: '0x30',
        [took('10', '/verify')]: '0x10 1x20',
        [took('+Inf', '/verify')]: '0x10 1x20',
        [count('/verify')]: '0x10 1x20',
      },
      firing: { '12m': [], '15m': [], '16m': [] },
    },
  ],
};
