import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startFaultProxy } from '@x402-facilitator/server/testing';
import { freePort, guardDirectory, waitUntil } from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import {
  type AppProcess,
  baseEnvironment,
  type Environment,
  type FundedPayer,
  fundPayer,
  type Stack,
  startStack,
} from '@x402-facilitator/tools/stack';
import { type AlertWatch, watchAlerts } from '../alerts/support/alert-watch.js';
import { RULE_FILES } from '../alerts/support/rule-files.js';
import { shortenRules } from '../alerts/support/shorten.js';
import { readText } from '../deploy/support/files.js';
import { layComposeTools, layDirectory } from '../deploy/support/operators-directory.js';
import { startExporter } from '../support/exporters.js';
import { get, type Order, post, signPayment } from '../support/facilitator.js';
import { type PrometheusHandle, startPrometheus } from '../support/start-prometheus.js';
import { type Engine, startEngine, type Tier } from './engine.js';
import { createOperator, type Operator } from './operator.js';

const PASSWORD = 'of-the-operator';
const BLOCK_MS = 500;
/** Deeper than any rollback here. */
const BURIED_BLOCKS = 12;
/** Longer than anything takes to fire by the rules as they are. */
const REAL_PATIENCE_MS = 900_000;
/** Longer than any repair takes to show. */
const WHOLE_MS = 300_000;

/** The release that runs at first. */
export const TAG = 'before';

export type Programs = { readonly prometheus: string; readonly redisExporter: string };

export type SiteOptions = {
  readonly programs: Programs;
  /** `real`: the rules as they are. `shortened`: a minute of theirs lasts a second. */
  readonly rules: 'real' | 'shortened';
  /** What config.json says besides, as X402_ variables. */
  readonly settings?: Environment;
  /** How the API of another release differs from this build. */
  readonly otherRelease?: Environment;
  readonly announce: (line: string) => void;
};

/** A deployment of docker-compose.yml with its Prometheus: two APIs, a worker, Redis, and a chain provider of its own. */
export type Site = {
  readonly stack: Stack;
  readonly engine: Engine;
  readonly operator: Operator;
  readonly watch: AlertWatch;
  readonly payer: FundedPayer;
  /** Resolves once Prometheus finds something by this expression. */
  shows(expression: string): Promise<void>;
  process(name: Tier): AppProcess;
  /** Changes config.json; a process reads it when it starts. */
  configure(settings: Environment): void;
  /** Takes the provider away that config.json names at first. Another one has the same chain. */
  loseProvider(): void;
  readonly otherProvider: string;
  /** `redis://` with its password. */
  readonly redisUrl: string;
  /** Has a payment accepted by an API; its transaction. */
  settle(at: Tier, order?: Order, headers?: Readonly<Record<string, string>>): Promise<string>;
  stateOf(transaction: string): Promise<unknown>;
  reaches(transaction: string, state: string): Promise<void>;
  /** Resolves once a new payment through each API is confirmed, and both say that they are healthy. */
  works(headers?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
};

export async function startSite(options: SiteOptions): Promise<Site> {
  const directory = mkdtempSync(join(tmpdir(), 'x402-incident-'));
  guardDirectory(directory);
  const closers: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await assemble(options, directory, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  { programs, rules, settings = {}, otherRelease = {}, announce }: SiteOptions,
  directory: string,
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Site> {
  const data = join(directory, 'volumes/redis-prod-data');
  mkdirSync(data, { recursive: true });
  const redis = {
    exclusive: true,
    persistence: 'always',
    password: PASSWORD,
    directory: data,
    port: await freePort(),
    settings: { maxmemory: '64mb' },
  } as const;
  const startedRedis = await startRedis(redis);
  closers.push(startedRedis.stop);
  const { INCIDENT_LOGS: logDirectory } = process.env;
  const stack = await startStack({
    apis: 0,
    workers: 0,
    paywall: false,
    blockMs: BLOCK_MS,
    startedRedis,
    ...(logDirectory === undefined ? {} : { logDirectory }),
  });
  closers.push(stack.stop);
  let isProviderGone = false;
  const provider = await startFaultProxy(stack.devnet.url);
  provider.plan(() => ({ kind: isProviderGone ? 'drop' : 'pass' }));
  closers.push(provider.stop);
  let configuration: Environment = { X402_CHAIN__BLOCKFROST__URL: provider.url, ...settings };

  let prometheus: PrometheusHandle | undefined;
  const targets = () => {
    const found = [...engine.running()];
    const of = (isWorker: boolean) => found.filter(([name]) => (name === 'worker') === isWorker);
    return {
      'x402-api': of(false).map(([, { url }]) => ({ url })),
      'x402-worker': of(true).map(([, { url }]) => ({ url })),
    };
  };
  const engine = await startEngine({
    stack,
    redis,
    startedRedis,
    directory,
    configuration: () => configuration,
    tag: TAG,
    buildOf: (image, tier) => (image.endsWith(`:${TAG}`) || tier === 'worker' ? {} : otherRelease),
    // As DNS does: it knows containers that run.
    onChange: () => {
      for (const [job, its] of Object.entries(targets()))
        void prometheus?.setTargets(job, its).catch(() => undefined);
    },
  });
  closers.push(engine.close);
  await engine.begin();

  const exporter = await startExporter(programs.redisExporter, [
    `--redis.addr=redis://127.0.0.1:${redis.port}`,
    `--redis.password=${PASSWORD}`,
  ]);
  closers.push(() => exporter.process.stop());
  prometheus = await startPrometheus({
    prometheus: programs.prometheus,
    jobs: { ...targets(), redis: [{ url: exporter.url, labels: { app: 'x402-facilitator' } }] },
    rules: Object.fromEntries(
      RULE_FILES.map((name) => [
        name,
        rules === 'real' ? readText(`deploy/prometheus/${name}`) : shortenRules(name),
      ]),
    ),
  });
  closers.push(prometheus.stop);
  const watch = rules === 'real' ? watchAlerts(prometheus, REAL_PATIENCE_MS) : watchAlerts(prometheus);

  const home = join(directory, 'operator');
  layDirectory(home);
  layComposeTools(join(directory, 'bin'));
  writeFileSync(join(home, '.env'), `REDIS_PASSWORD=${PASSWORD}\nIMAGE_TAG=${TAG}\n`);
  const operator = createOperator({
    directory: home,
    announce,
    env: {
      ...baseEnvironment(),
      PATH: `${join(directory, 'bin')}${delimiter}${process.env.PATH}`,
      BACKUP_DIR: directory,
      DOCKER_STANDIN: engine.file,
    },
  });

  const payer = await fundPayer(stack, { outputs: 60 });
  await stack.control.forge(BURIED_BLOCKS);

  const processOf = (name: Tier) => {
    const found = engine.running().get(name);
    if (found === undefined) throw new Error(`${name} does not run`);
    return found;
  };
  const within = { signal: () => AbortSignal.timeout(10_000) };
  const settle: Site['settle'] = async (at, order = {}, headers = {}) => {
    const { transaction, request } = await signPayment(stack, payer, order);
    await waitUntil(
      async () => {
        const { status, body } = await post(`${processOf(at).url}/settle`, request, {
          prefer: 'respond-async',
          ...headers,
        });
        if (status !== 202 && status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
        return true;
      },
      { what: `${at} to accept a payment`, timeoutMs: WHOLE_MS, everyMs: 250 },
    );
    return transaction;
  };
  const stateOf = async (transaction: string) => {
    const answer = await get(`${processOf('api-2').url}/status/${transaction}`);
    return answer.body.state;
  };
  const reaches: Site['reaches'] = async (transaction, state) => {
    await waitUntil(async () => (await stateOf(transaction)) === state, {
      what: `${transaction} to be ${state}`,
      timeoutMs: WHOLE_MS,
      everyMs: 250,
    });
  };
  const isHealthy = (name: Tier) =>
    waitUntil(
      async () => {
        const answer = await fetch(`${processOf(name).url}/health`, { signal: within.signal() });
        const body = (await answer.json()) as { status: string };
        if (body.status !== 'healthy') throw new Error(JSON.stringify(body));
        return true;
      },
      { what: `${name} to be healthy`, timeoutMs: WHOLE_MS, everyMs: 250 },
    );

  return {
    stack,
    engine,
    operator,
    watch,
    payer,
    async shows(expression) {
      await waitUntil(async () => ((await prometheus?.query(expression)) ?? []).length > 0, {
        what: `Prometheus to find ${expression}`,
        timeoutMs: WHOLE_MS,
        everyMs: 250,
      });
    },
    process: processOf,
    configure(changed) {
      configuration = { ...configuration, ...changed };
    },
    loseProvider() {
      isProviderGone = true;
    },
    otherProvider: stack.devnet.url,
    redisUrl: stack.redis.url,
    settle,
    stateOf,
    reaches,
    async works(headers) {
      const order = {
        maxTimeoutSeconds: Number(configuration.X402_CHAIN__VERIFICATION__MAX_TIMEOUT_SECONDS ?? 600),
      };
      for (const name of ['api', 'api-2'] as const) {
        const transaction = await settle(name, order, headers);
        await reaches(transaction, 'confirmed');
        await isHealthy(name);
      }
    },
    close,
  };
}
