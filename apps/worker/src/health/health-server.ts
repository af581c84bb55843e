import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChainHealth } from '@x402-facilitator/chain';
import type { RedisWatch } from '@x402-facilitator/journal';
import { createGuardedServer, MONITORING_SERVER } from '@x402-facilitator/shared/http';
import type { Exposition } from '@x402-facilitator/shared/telemetry';
import pTimeout from 'p-timeout';

/** Answer of the worker's `GET /health`. */
export type WorkerHealth = {
  readonly status: 'healthy' | 'unhealthy';
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly redis: {
    readonly status: 'up' | 'down';
    readonly latencyMs: number | null;
    /** What is wrong, where Redis answers. */
    readonly message?: string;
  };
  readonly networks: readonly {
    readonly network: string;
    readonly isFollower: boolean;
    readonly chain: ChainHealth;
  }[];
};

interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The worker's own HTTP server: `/live` says that the process runs, `/health` that it can work, and `/metrics` what it
 * did.
 *
 * @throws what Node throws when the port is taken.
 */
export async function startHealthServer(options: {
  readonly host: string;
  /** 0 lets the operating system choose. */
  readonly port: number;
  readonly health: () => Promise<WorkerHealth>;
  readonly metrics: () => Promise<Exposition>;
}): Promise<HealthServer> {
  const server = createGuardedServer({
    ...MONITORING_SERVER,
    handler: (request, response) => {
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return answer(response, 405, { error: 'GET only' });
      if (path === '/live') return answer(response, 200, { status: 'alive' });
      if (path === '/metrics') {
        options.metrics().then(
          ({ contentType, body }) => response.writeHead(200, { 'content-type': contentType }).end(body),
          () => answer(response, 500, { error: 'the metrics could not be read' }),
        );
        return;
      }
      if (path !== '/health') return answer(response, 404, { error: 'expected /health, /live or /metrics' });
      options.health().then(
        (health) => answer(response, health.status === 'healthy' ? 200 : 503, health),
        () => answer(response, 503, { status: 'unhealthy' }),
      );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

const PATIENCE_MS = 1_000;
const DOWN = { status: 'down', latencyMs: null } as const;

/** Whether Redis takes writes and keeps them, and how fast. Unlike the worker's connection, this does not wait for Redis. */
export async function probeRedis(look: RedisWatch['look']): Promise<WorkerHealth['redis']> {
  const startedMs = performance.now();
  const answer = look().then(
    (fault): WorkerHealth['redis'] =>
      fault === undefined
        ? { status: 'up', latencyMs: Math.round((performance.now() - startedMs) * 10) / 10 }
        : { ...DOWN, message: fault.message },
    () => DOWN,
  );
  return pTimeout<WorkerHealth['redis'], WorkerHealth['redis']>(answer, {
    milliseconds: PATIENCE_MS,
    fallback: () => DOWN,
  });
}
