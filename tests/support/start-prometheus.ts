import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory, onFreePort, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { z } from 'zod';

/** A base URL whose `/metrics` is scraped. */
export type PrometheusTarget = {
  readonly url: string;
  /** Labels for each of its series, besides `job` and `instance`. */
  readonly labels?: Readonly<Record<string, string>>;
};

export type PrometheusOptions = {
  /** Path of the program. */
  readonly prometheus: string;
  /** Targets by job. */
  readonly jobs: Readonly<Record<string, readonly PrometheusTarget[]>>;
  /** Rule files as text, by file name; by default none. */
  readonly rules?: Readonly<Record<string, string>>;
  /** `host:port` of the Alertmanager that hears of alerts; by default none does. */
  readonly alertmanager?: string;
  /** Between scrapes, and between evaluations of the rules; 1000 by default. */
  readonly intervalMs?: number;
};

/** One series of an instant query, and its value. */
export type Sample = {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Alert = {
  readonly name: string;
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

export type PrometheusHandle = {
  /** `http://127.0.0.1:port`, without a slash at its end. */
  readonly url: string;
  /** An instant query. @throws Error with Prometheus's own words when the expression is wrong */
  query(expression: string): Promise<readonly Sample[]>;
  /** Every alert that is pending or firing. */
  alerts(): Promise<readonly Alert[]>;
  /** Scrapes other targets for this job from now on; resolves when Prometheus does so. */
  setTargets(job: string, targets: readonly PrometheusTarget[]): Promise<void>;
  /** Leaves nothing behind. Safe to call twice. */
  stop(): Promise<void>;
};

/**
 * Starts a private Prometheus on a free loopback port, with its storage in a temporary folder. It does not outlive this
 * process.
 *
 * @throws ProcessStartError when it does not start, with Prometheus's own message about a mistake in `rules`
 */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-prometheus-'));
  guardDirectory(directory);
  await writeConfiguration(directory, options);

  const { server, port } = await onFreePort(async (port) => ({
    port,
    server: await startProcess({
      name: 'Prometheus',
      command: options.prometheus,
      args: [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
        // An alert that fires before Prometheus has found Alertmanager is told with the next repetition.
        ...(options.alertmanager === undefined ? [] : ['--rules.alert.resend-delay=1s']),
      ],
      ready: { kind: 'http', url: `http://127.0.0.1:${port}/-/ready` },
    }),
  }));
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    async query(expression) {
      const { result } = await ask(url, `query?${new URLSearchParams({ query: expression })}`, Vector);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async alerts() {
      const { alerts } = await ask(url, 'alerts', Alerts);
      return alerts.map(({ labels: { alertname = '', ...labels }, state, annotations }) => ({
        name: alertname,
        state,
        labels,
        annotations,
      }));
    },
    async setTargets(job, targets) {
      await writeTargets(directory, job, targets);
      const wanted = targets.map((target) => addressOf(target)).sort();
      await waitUntil(
        async () => {
          const { activeTargets } = await ask(url, 'targets?state=active', Targets);
          const found = activeTargets.filter(({ labels }) => labels.job === job);
          return (
            found
              .map(({ labels }) => labels.instance)
              .sort()
              .join() === wanted.join()
          );
        },
        { what: `Prometheus to scrape ${wanted.join() || 'nothing'} as ${job}` },
      );
    },
    async stop() {
      await server.stop(10_000);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** JSON is YAML. */
async function writeConfiguration(
  directory: string,
  { jobs, rules = {}, alertmanager, intervalMs = 1000 }: PrometheusOptions,
): Promise<void> {
  const interval = `${intervalMs}ms`;
  await mkdir(join(directory, 'rules'));
  await mkdir(join(directory, 'targets'));
  for (const [name, text] of Object.entries(rules)) await writeFile(join(directory, 'rules', name), text);
  for (const [job, targets] of Object.entries(jobs)) await writeTargets(directory, job, targets);
  await writeFile(
    join(directory, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      ...(alertmanager === undefined
        ? {}
        : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
      rule_files: Object.keys(rules).map((name) => join(directory, 'rules', name)),
      scrape_configs: Object.keys(jobs).map((job) => ({
        job_name: job,
        file_sd_configs: [{ files: [targetsFile(directory, job)], refresh_interval: '1s' }],
      })),
    }),
  );
}

/** Replaces the file in one step, because Prometheus reads it whenever it changes. */
async function writeTargets(
  directory: string,
  job: string,
  targets: readonly PrometheusTarget[],
): Promise<void> {
  const groups = targets.map((target) => ({ targets: [addressOf(target)], labels: target.labels ?? {} }));
  const draft = join(directory, `${job}.draft`);
  await writeFile(draft, JSON.stringify(groups));
  await rename(draft, targetsFile(directory, job));
}

const targetsFile = (directory: string, job: string) => join(directory, 'targets', `${job}.json`);

const addressOf = ({ url }: PrometheusTarget) => new URL(url).host;

const Labels = z.record(z.string(), z.string());
const Vector = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: Labels, value: z.tuple([z.number(), z.string()]) })),
});
const Alerts = z.object({
  alerts: z.array(z.object({ labels: Labels, annotations: Labels, state: z.enum(['pending', 'firing']) })),
});
const Targets = z.object({ activeTargets: z.array(z.object({ labels: Labels })) });

async function ask<T>(url: string, path: string, shape: z.ZodType<T>): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
  const body = (await response.json()) as { readonly data?: unknown; readonly error?: string };
  if (!response.ok) throw new Error(`Prometheus: ${body.error ?? `it answered ${response.status}`}`);
  return shape.parse(body.data);
}
