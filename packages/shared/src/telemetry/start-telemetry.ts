import pTimeout from 'p-timeout';
import { secretsOf } from '../config/index.js';
import type { Tier } from '../config/load-config.js';
import type { Settings } from '../config/schema/index.js';
import type { Logger } from './create-logger.js';
import type { ErrorReporter } from './reports/error-reporter.js';
import type { Tracing } from './tracing/index.js';

/** Traces and reports: what a process sends besides logs and metrics. */
export type Telemetry = {
  /** Unset where no receiver of traces is configured. */
  readonly tracing: Tracing | undefined;
  /** Unset where no receiver of reports is configured. */
  readonly errors: ErrorReporter | undefined;
  /** Delivers what is not sent yet, within `timeoutMs`. A process calls this last. */
  close(timeoutMs: number): Promise<void>;
};

/** For a process that neither traces nor reports. */
export const NO_TELEMETRY: Telemetry = {
  tracing: undefined,
  errors: undefined,
  close: async () => undefined,
};

/**
 * Starts the configured telemetry: traces to `otel.endpoint`, problems and a share of the traces to `sentry.dsn`.
 * Without both, no library is loaded.
 */
export async function startTelemetry(options: {
  readonly config: Settings;
  readonly tier: Tier;
  readonly version: string;
  /** Git commit of the build, where it is known. */
  readonly commit?: string | undefined;
  readonly logger: Logger;
}): Promise<Telemetry> {
  const { config, tier, version, commit, logger } = options;
  const { endpoint } = config.otel;
  const { dsn, environment = config.env, tracesSampleRate } = config.sentry;
  if (endpoint === undefined && dsn === undefined) return NO_TELEMETRY;

  const sentry =
    dsn === undefined
      ? undefined
      : (await import('./reports/sentry-reports.js')).createSentryReports({
          dsn,
          environment,
          version,
          commit,
          tier,
          tracesSampleRate,
          secrets: secretsOf(config),
          logger,
        });
  const sampled = sentry?.spans;
  const otel =
    endpoint === undefined && sampled === undefined
      ? undefined
      : (await import('./tracing/otel-tracing.js')).createOtelTracing({
          tier,
          version,
          endpoint,
          sampled,
          logger,
        });
  return {
    tracing: otel?.tracing,
    errors: sentry?.errors,
    async close(timeoutMs) {
      // Traces first: Sentry's transactions are made from the last spans.
      const delivered = (async () => {
        await otel?.close();
        await sentry?.close(timeoutMs);
      })().catch((error: unknown) => logger.warn({ error }, 'the last traces or reports were not delivered'));
      await pTimeout(delivered, { milliseconds: timeoutMs, message: false });
    },
  };
}
