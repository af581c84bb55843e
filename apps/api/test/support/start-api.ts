import { Writable } from 'node:stream';
import type { SchemeRegistry } from '@x402-facilitator/cardano';
import { redisSettingsFromUrl } from '@x402-facilitator/journal';
import type { Config } from '@x402-facilitator/shared/config';
import { createLogger } from '@x402-facilitator/shared/telemetry';
import { loadGoodConfig } from '@x402-facilitator/shared/testing';
import { buildApp } from '../../src/app.js';
import { connectDependencies } from '../../src/connect-dependencies.js';
import { buildMetricsApp } from '../../src/metrics-app.js';

/** A port that nothing listens on: connections are refused at once. */
export const NOBODY = 'http://127.0.0.1:9/api/v0';

export type RunningApi = {
  readonly url: string;
  /** Where its metrics are, if they have a port of their own. */
  readonly metricsUrl: string | undefined;
  readonly config: Config;
  /** What it has logged so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
};

/** The settings of an API on this machine, as environment variables. */
export function apiEnvironment(settings: {
  readonly redisUrl: string;
  readonly chainUrl?: string;
}): Record<string, string> {
  const redis = redisSettingsFromUrl(settings.redisUrl);
  return {
    X402_ENV: 'test',
    X402_SERVER__HOST: '127.0.0.1',
    X402_SERVER__PORT: '0',
    X402_CHAIN__BLOCKFROST__URL: settings.chainUrl ?? NOBODY,
    X402_CHAIN__REDIS__HOST: redis.host,
    X402_CHAIN__REDIS__PORT: String(redis.port),
    X402_CHAIN__REDIS__DB: String(redis.db ?? 0),
    X402_CHAIN__REDIS__PASSWORD: redis.password ?? '',
    X402_RATE_LIMIT__GLOBAL: '100000',
    X402_RATE_LIMIT__SENSITIVE: '100000',
    X402_RATE_LIMIT__WAITS: '100000',
  };
}

/** The API in this process, made of its real parts, listening on a free port. */
export async function startApi(
  settings: {
    readonly redisUrl: string;
    readonly chainUrl?: string;
    readonly clock?: () => number;
    /** The product's schemes when unset. */
    readonly schemes?: SchemeRegistry;
    /** Another module in the place of the second judge. */
    readonly shadowModule?: string;
  },
  env: Readonly<Record<string, string>> = {},
): Promise<RunningApi> {
  const { config } = loadGoodConfig({
    env: { ...apiEnvironment(settings), ...env },
    readFile: () => '{}',
    tier: 'api',
  });
  const { clock = Date.now, schemes, shadowModule } = settings;
  const log: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const logger = createLogger({ tier: 'api', logging: { level: 'debug', pretty: false }, destination });
  const dependencies = connectDependencies({
    config,
    ...(schemes === undefined ? {} : { schemes }),
    logger,
    shadowModule,
    version: '0.0.0-test',
    clock,
  });
  const app = await buildApp(dependencies.app);
  const metricsApp = await buildMetricsApp({ ...dependencies.app, ...dependencies.monitoring });
  await dependencies.screening;
  await dependencies.contacted;
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const metricsUrl = await metricsApp?.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    metricsUrl,
    config,
    log,
    async close() {
      await app.close();
      await metricsApp?.close();
      await dependencies.close();
    },
  };
}
