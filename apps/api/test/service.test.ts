import { HTTPFacilitatorClient } from '@x402/core/http';
import { TRANSFER_METHOD_NAMES } from '@x402-facilitator/cardano/testing';
import { startDevnet } from '@x402-facilitator/devnet';
import {
  connectRedis,
  createWorkerPresence,
  disconnectRedis,
  redisSettingsFromUrl,
} from '@x402-facilitator/journal';
import { startRedis } from '@x402-facilitator/tools/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from './support/requests.js';
import { type RunningApi, startApi } from './support/start-api.js';

let api: RunningApi;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const redis = await startRedis();
  closers.push(() => redis.stop());
  api = await startApi({ redisUrl: redis.url }, { X402_SECURITY__CORS_ORIGINS: '["https://shop.example"]' });
  closers.unshift(() => api.close());
});

afterAll(async () => {
  for (const close of closers) await close();
});

describe('GET /supported', () => {
  test('says what can be settled here, as the public client reads it', async () => {
    const supported = await new HTTPFacilitatorClient({ url: api.url }).getSupported();
    expect(supported).toEqual({
      kinds: [
        {
          x402Version: 2,
          scheme: 'exact',
          network: 'cardano:preview',
          extra: {
            assetTransferMethods: [...TRANSFER_METHOD_NAMES],
            areFeesSponsored: false,
            l1Confirmations: { minimum: 0, maximum: 20 },
          },
        },
      ],
      extensions: ['payment-identifier'],
      signers: {},
    });
  });

  test('may be cached, and answers 304 to those who have it already', async () => {
    const first = await send(`${api.url}/supported`);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    expect(etag).toMatch(/^".+"$/);
    const second = await send(`${api.url}/supported`, { headers: { 'if-none-match': etag } });
    expect(second.status).toBe(304);
    expect(second.body).toEqual({});
  });
});

describe('GET /health', () => {
  test('is unhealthy without a chain provider: nothing can be verified nor settled', async () => {
    const { status, body } = await send(`${api.url}/health`);
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'unhealthy',
      version: '0.0.0-test',
      networks: ['cardano:preview'],
      dependencies: {
        redis: { status: 'up', latencyMs: expect.any(Number) },
        chain: { 'cardano:preview': { status: 'down', latencyMs: null } },
        workers: { status: 'down', count: 0 },
      },
    });
  });

  test('names no host, port or credential', async () => {
    const { body } = await send(`${api.url}/health`);
    const text = JSON.stringify(body);
    expect(text).not.toContain('127.0.0.1');
    expect(text).not.toContain(String(api.config.chain.redis.port));
  });
});

describe('with all dependencies', () => {
  let whole: RunningApi;
  const presence = { stop: async () => {} };

  beforeAll(async () => {
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const devnet = await startDevnet({ blockMs: 0 });
    closers.push(() => devnet.close());
    const connection = connectRedis({
      settings: redisSettingsFromUrl(redis.url),
      role: 'worker',
      name: 'test',
      onError: () => undefined,
    });
    closers.unshift(() => disconnectRedis(connection));
    const workers = createWorkerPresence(connection);
    await workers.announce({
      id: 'worker-1',
      version: '0.0.0-test',
      startedAtMs: Date.now(),
      atMs: Date.now(),
      networks: [{ network: 'cardano:preview', walletAddress: 'addr_test1wallet', isFollower: true }],
    });
    presence.stop = () => workers.leave('worker-1');
    whole = await startApi({ redisUrl: redis.url, chainUrl: devnet.url });
    closers.unshift(() => whole.close());
  });

  test('the first /supported shows the wallets', async () => {
    expect((await send(`${whole.url}/supported`)).body.signers).toEqual({
      'cardano:preview': ['addr_test1wallet'],
    });
  });

  test('it is healthy, and without a worker it is degraded', async () => {
    await expect.poll(async () => (await send(`${whole.url}/health`)).body.status).toBe('healthy');
    const { body } = await send(`${whole.url}/health`);
    expect(body.dependencies).toMatchObject({
      redis: { status: 'up' },
      chain: { 'cardano:preview': { status: 'up', latencyMs: expect.any(Number) } },
      workers: { status: 'up', count: 1 },
    });
    await presence.stop();
    await expect.poll(async () => (await send(`${whole.url}/health`)).body.status).toBe('degraded');
    expect((await send(`${whole.url}/health`)).status).toBe(200);
  });
});

test('the probes answer even when the dependencies do not', async () => {
  expect(await send(`${api.url}/live`)).toMatchObject({ status: 200, body: { status: 'alive' } });
  expect(await send(`${api.url}/ready`)).toMatchObject({ status: 200, body: { status: 'ready' } });
});

test('GET / names the service and links to the rest', async () => {
  const { body } = await send(api.url);
  expect(body).toMatchObject({
    name: 'x402-facilitator',
    version: '0.0.0-test',
    networks: ['cardano:preview'],
  });
  for (const path of ['supported', 'health', 'openapi', 'docs'] as const) {
    const link = (body.links as Record<string, string>)[path] ?? '';
    expect([path, (await fetch(api.url + link)).status]).not.toEqual([path, 404]);
  }
});

test('an unknown path is 404 in JSON', async () => {
  const answer = await send(`${api.url}/nothing?secret=1`);
  expect(answer.status).toBe(404);
  expect(answer.body).toEqual({ error: 'not_found', message: 'nothing is served at GET /nothing' });
});

describe('GET /openapi.json', () => {
  test('is OpenAPI 3.1 and documents every endpoint with its bodies and refusals', async () => {
    const { body } = await send(`${api.url}/openapi.json`);
    const paths = body.paths as Record<string, Record<string, { responses: object; requestBody?: unknown }>>;
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(paths).sort()).toEqual([
      '/',
      '/health',
      '/live',
      '/metrics',
      '/ready',
      '/settle',
      '/sponsorships',
      '/sponsorships/{id}',
      '/stats',
      '/status',
      '/status/{transaction}',
      '/status/{transaction}/events',
      '/status/{transaction}/receipt',
      '/supported',
      '/verify',
    ]);
    expect(Object.keys(paths['/settle']?.post?.responses ?? {})).toEqual([
      '200',
      '202',
      '400',
      '401',
      '409',
      '413',
      '415',
      '429',
      '503',
    ]);
    expect(Object.keys(paths['/verify']?.post?.responses ?? {})).toContain('409');
    expect(JSON.stringify(paths['/verify']?.post?.requestBody)).toContain('maxTimeoutSeconds');
    expect(JSON.stringify(paths['/settle']?.post?.requestBody)).toContain('payment-identifier');
    expect(JSON.stringify(body)).toContain('#/components/schemas/SettleResponse');
  });

  test('has what webhooks send', async () => {
    const { body } = await send(`${api.url}/openapi.json`);
    const { webhooks, components } = body as {
      webhooks: Record<string, { post: { requestBody: { content: object } } }>;
      components: { schemas: Record<string, { properties: { type: unknown; data: unknown } }> };
    };
    expect(Object.keys(webhooks)).toEqual([
      'settlement.confirmed',
      'settlement.failed',
      'settlement.expired',
      'settlement.rolled_back',
      'settlement.final',
      'webhook.test',
    ]);
    expect(webhooks['settlement.final']?.post.requestBody.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/SettlementEvent' } },
    });
    expect(components.schemas.SettlementEvent?.properties.data).toMatchObject({
      $ref: '#/components/schemas/StatusResponse',
    });
  });

  test('every reference in it resolves', async () => {
    const { body } = await send(`${api.url}/openapi.json`);
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(references.length).toBeGreaterThan(5);
    for (const reference of references) {
      const target = reference
        .split('/')
        .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], body);
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });
});

test('GET /docs is a page that loads nothing from other servers', async () => {
  const response = await fetch(`${api.url}/docs/`);
  const html = await response.text();
  expect(response.headers.get('content-type')).toContain('text/html');
  const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(assets.length).toBeGreaterThan(3);
  for (const asset of assets) {
    const url = new URL(asset, `${api.url}/docs/`);
    expect(url.origin).toBe(api.url);
    expect([asset, (await fetch(url)).status]).toEqual([asset, 200]);
  }
  expect(response.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe-inline/);
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
});

describe('every response', () => {
  test('carries the caller’s request id when it is valid, else a new one', async () => {
    const idOf = async (id: string) =>
      (await send(`${api.url}/live`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('order-42:a.b_c')).toBe('order-42:a.b_c');
    expect(await idOf('no spaces')).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(await idOf('x'.repeat(129))).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  test('carries security headers', async () => {
    const { headers } = await send(`${api.url}/live`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('may be read only by pages of the configured origins', async () => {
    const allowed = async (origin: string) =>
      (await send(`${api.url}/supported`, { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    expect(await allowed('https://evil.example')).toBeNull();
  });
});

test('one line is logged per request, with its id, route, status and time, and without its query', async () => {
  await send(`${api.url}/status/${'ab'.repeat(32)}?wait=0&secret=hush`, {
    headers: { 'x-request-id': 'line-1' },
  });
  await expect.poll(() => api.log.filter((line) => line.reqId === 'line-1').length).toBe(1);
  const line = api.log.find((candidate) => candidate.reqId === 'line-1');
  expect(line).toMatchObject({
    level: 'info',
    message: 'request completed',
    service: 'x402-facilitator',
    tier: 'api',
    method: 'GET',
    route: '/status/:transaction',
    transaction: 'ab'.repeat(32),
    statusCode: 404,
    responseTime: expect.any(Number),
  });
  expect(JSON.stringify(api.log)).not.toContain('hush');
});

describe('the level of a request’s line says how it ended', () => {
  const levelOf = async (path: string) => {
    const id = `level-${path.replaceAll(/\W/g, '-')}`;
    const { status } = await send(`${api.url}${path}`, { headers: { 'x-request-id': id } });
    const lines = () => api.log.filter((line) => line.reqId === id && line.message === 'request completed');
    await expect.poll(() => lines().length).toBe(1);
    return [status, lines()[0]?.level];
  };

  test.each(['/live', '/ready'])('%s is a probe: debug', async (path) => {
    expect(await levelOf(path)).toEqual([200, 'debug']);
  });

  test('503 is a warning, of a probe too', async () => {
    expect(await levelOf('/health')).toEqual([503, 'warn']);
  });

  test('an answer and a caller’s mistake are told as they come', async () => {
    expect(await levelOf('/supported')).toEqual([200, 'info']);
    expect(await levelOf('/nowhere')).toEqual([404, 'info']);
  });
});
