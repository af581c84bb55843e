import {
  FATAL_SIGNALS,
  readConfigOrExit,
  readPackageVersion,
  secretsOf,
} from '@x402-facilitator/shared/config';
import { createLogger, startTelemetry } from '@x402-facilitator/shared/telemetry';
import closeWithGrace from 'close-with-grace';
import { type RunningWorker, startWorker } from './start-worker.js';

/** On top of the time that running jobs get: goodbyes to Redis. */
const GOODBYE_MS = 2_000;
/** For the last traces and reports, after that. */
const TELEMETRY_TIMEOUT_MS = 2_000;

const { config, warnings } = readConfigOrExit('worker');
const logger = createLogger({ tier: 'worker', logging: config.logging, secrets: secretsOf(config) });
for (const warning of warnings) logger.warn(warning);

const version = readPackageVersion(import.meta.url);
const commit = process.env.SOURCE_COMMIT;
const telemetry = await startTelemetry({ config, tier: 'worker', version, commit, logger });

let worker: RunningWorker | undefined;

// Installed before the start, so that a signal can end it too.
closeWithGrace(
  {
    delay: config.worker.shutdownTimeoutMs + GOODBYE_MS + TELEMETRY_TIMEOUT_MS,
    skip: [...FATAL_SIGNALS],
    logger: false,
  },
  async ({ err, signal }) => {
    if (err !== undefined) {
      logger.error({ error: err }, 'the worker stops because of an error');
      telemetry.errors?.report({
        what: 'the worker stopped because of an error',
        level: 'fatal',
        error: err,
      });
    } else logger.info({ metadata: { signal } }, 'the worker stops because it was asked to');
    await worker?.stop();
    await telemetry.close(TELEMETRY_TIMEOUT_MS);
  },
);

try {
  worker = await startWorker({ config, logger, telemetry, version, commit });
  await worker.ready;
} catch (error) {
  logger.error({ error }, 'the worker could not start');
  telemetry.errors?.report({ what: 'the worker could not start', level: 'fatal', error });
  await telemetry.close(TELEMETRY_TIMEOUT_MS);
  process.exit(1);
}
