import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { ROOT } from '@x402-facilitator/tools/stack';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { composeMistakes, readCompose, serviceOf } from './support/compose.js';
import { onPath } from './support/on-path.js';

const compose = readCompose();
const service = (name: string) => serviceOf(compose, name);
const inProfile = (profile: string) =>
  Object.keys(compose.services)
    .filter((name) => service(name).profiles?.includes(profile))
    .sort();

const START = join(ROOT, 'deploy/k8s/components/redis/redis-start.sh');

describe('docker-compose.yml', () => {
  it('is a compose file by the specification', () => {
    expect(composeMistakes(compose)).toEqual([]);
  });

  it('would be refused with a word that the specification does not know', () => {
    const broken = { services: { api: { ...service('api'), prots: [] } } };
    expect(composeMistakes(broken)).toEqual(['/services/api must NOT have additional properties']);
  });

  it('starts a developer’s Redis, and nothing else, without a profile', () => {
    const plain = Object.keys(compose.services).filter((name) => service(name).profiles === undefined);
    expect(plain).toEqual(['redis']);
  });

  it('names the services of production and monitoring', () => {
    expect(inProfile('production')).toEqual(['api', 'api-2', 'proxy', 'redis-prod', 'worker']);
    expect(inProfile('backup')).toEqual(['backup']);
    expect(inProfile('restore')).toEqual(['restore']);
    expect(inProfile('monitoring')).toEqual(
      ['alertmanager', 'grafana', 'loki', 'node-exporter', 'prometheus', 'promtail', 'redis-exporter'].sort(),
    );
  });

  it.each([
    ['api', 'api'],
    ['api-2', 'api'],
    ['worker', 'worker'],
  ])('restricts the %s, and starts it after Redis is healthy', (name, target) => {
    expect(service(name)).toMatchObject({
      build: { target },
      user: '1001:1001',
      read_only: true,
      cap_drop: ['ALL'],
      depends_on: { 'redis-prod': { condition: 'service_healthy' } },
    });
    expect(service(name).container_name).toBeUndefined();
    const config = service(name).volumes?.[0];
    expect(config).toMatchObject({
      source: './config/config.json',
      target: '/app/config/config.json',
      read_only: true,
    });
  });

  it('gives the wallet only to the worker', () => {
    const sees = (name: string) => JSON.stringify(service(name)).includes('WALLET_SEED_FILE');
    expect(Object.keys(compose.services).filter(sees)).toEqual(['worker']);
  });

  it('publishes everything but the proxy of the API on loopback only, and that there unless told otherwise', () => {
    for (const [name, { ports = [] }] of Object.entries(compose.services))
      for (const port of ports)
        expect(port, name).toMatch(
          name === 'proxy' ? /^\$\{API_BIND:-127\.0\.0\.1\}:3000:/ : /^127\.0\.0\.1:/,
        );
    expect(service('redis-prod').ports).toEqual(['127.0.0.1:6380:6379']);
    for (const name of ['api', 'api-2', 'worker']) expect(service(name).ports).toBeUndefined();
    expect(service('proxy').container_name).toBe('x402-facilitator');
    expect(service('redis-prod').container_name).toBe('x402-redis-prod');
  });

  it('asks for every password and has a default for none', () => {
    const defaults = JSON.stringify(compose).match(/\$\{[A-Z_]*PASSWORD:?-[^}]*\}/g) ?? [];
    expect(defaults.length).toBeGreaterThan(0);
    expect(defaults.filter((text) => !text.endsWith(':-}'))).toEqual([]);
  });

  it('mounts only files that exist, or that an operator provides', () => {
    const sources = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => (typeof volume === 'string' ? volume.split(':')[0] : volume.source) ?? ''),
    );
    const ours = sources.filter((source) => source.startsWith('./') && source !== './config/config.json');
    expect(ours.length).toBeGreaterThan(4);
    expect(ours.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  it.skipIf(spawnSync('docker', ['compose', 'version']).status !== 0)(
    'is accepted by Docker Compose itself (skipped where it is not installed)',
    () => {
      const profiles = ['--profile', 'production', '--profile', 'monitoring'];
      const { status, stderr } = spawnSync('docker', ['compose', ...profiles, 'config', '--quiet'], {
        cwd: ROOT,
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
    },
  );
});

describe('the Redis of a deployment', () => {
  it.each([
    ['no password', ''],
    ['a password that its configuration would misread', 'two words'],
  ])('does not start with %s', (_, password) => {
    const { status, stderr } = spawnSync('/bin/sh', [START], {
      env: { PATH: process.env.PATH, REDIS_PASSWORD: password },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('REDIS_PASSWORD');
  });

  it.skipIf(!onPath('redis-server'))(
    'keeps what it acknowledges, evicts nothing, and never shows its password (skipped without redis-server)',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'x402-redis-'));
      const password = 'a-password-for-this-test';
      const port = await freePort();
      const server = await startProcess({
        name: 'redis-start.sh',
        command: '/bin/sh',
        args: [START, '--bind', '127.0.0.1', '--port', String(port), '--dir', directory],
        env: { PATH: process.env.PATH, REDIS_PASSWORD: password },
      });
      const redis = new Redis({ port, password, lazyConnect: true, retryStrategy: () => null });
      redis.on('error', () => {});
      try {
        await waitUntil(
          async () => {
            if (redis.status !== 'ready') await redis.connect();
            return (await redis.ping()) === 'PONG';
          },
          { what: 'Redis to answer', everyMs: 50 },
        );
        const setting = async (name: string) => (await redis.config('GET', name)) as string[];
        expect(await setting('appendonly')).toEqual(['appendonly', 'yes']);
        expect(await setting('appendfsync')).toEqual(['appendfsync', 'always']);
        expect(await setting('maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
        const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(server.pid)], { encoding: 'utf8' });
        expect(stdout).not.toContain(password);
      } finally {
        redis.disconnect();
        await server.stop();
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});
