import {
  FATAL_SIGNALS,
  readConfigOrExit,
  readPackageVersion,
  secretsOf,
} from '@x402-facilitator/shared/config';
import { createLogger, startTelemetry } from '@x402-facilitator/shared/telemetry';
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { connectDependencies } from './connect-dependencies.js';
import { buildMetricsApp } from './metrics-app.js';

/** Open waits are answered at once; what may still be owed is a chain lookup, which ends within its own time-out. */
const SHUTDOWN_TIMEOUT_MS = 14_000;
/** Of that, for the last traces and reports. */
const TELEMETRY_TIMEOUT_MS = 2_000;

const { config, warnings } = readConfigOrExit('api');
const version = readPackageVersion(import.meta.url);
const logger = createLogger({ tier: 'api', logging: config.logging, secrets: secretsOf(config) });
for (const warning of warnings) logger.warn(warning);

const commit = process.env.SOURCE_COMMIT;
const telemetry = await startTelemetry({ config, tier: 'api', version, commit, logger });
const dependencies = connectDependencies({ config, logger, telemetry, version, commit, clock: Date.now });
const app = await buildApp(dependencies.app);
const metricsApp = await buildMetricsApp({ ...dependencies.app, ...dependencies.monitoring });

closeWithGrace(
  {
    delay: SHUTDOWN_TIMEOUT_MS,
    skip: [...FATAL_SIGNALS],
    logger: { error: (error?: unknown) => logger.error({ error }, 'stopping did not go as it should') },
  },
  async ({ signal, err }) => {
    if (err !== undefined) {
      logger.error({ error: err }, 'stopping because of an error');
      telemetry.errors?.report({ what: 'the API stopped because of an error', level: 'fatal', error: err });
    } else logger.info({ metadata: { signal } }, 'stopping');
    await close();
    logger.info('stopped');
  },
);

dependencies.durable.catch((error: unknown) => failStart(error, 'this Redis cannot be used'));
// Payments are taken only once it is known whom not to serve.
await dependencies.screening.catch((error: unknown) => failStart(error, 'the deny-list cannot be used'));

try {
  const { host } = config.server;
  // Before anything is waited for, so that a slow start can be seen.
  const metricsUrl = await metricsApp?.listen({ host, port: config.metrics.port ?? 0 });
  await dependencies.contacted;
  const url = await app.listen({ host, port: config.server.port });
  logger.info({ metadata: { url, metricsUrl, version, networks: dependencies.app.networks } }, 'listening');
} catch (error) {
  await failStart(error, `cannot listen on ${config.server.host}, ports of the API and its metrics`);
}

/** Stops accepting, answers open waits, waits for what is under way, disconnects, delivers the last traces. */
async function close(): Promise<void> {
  await app.close();
  await metricsApp?.close();
  await dependencies.close();
  await telemetry.close(TELEMETRY_TIMEOUT_MS);
}

async function failStart(error: unknown, message: string): Promise<never> {
  logger.error({ error }, message);
  telemetry.errors?.report({ what: 'the API could not start', level: 'fatal', error });
  await close();
  process.exit(1);
}
