import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type ManagedProcess, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { baseEnvironment, entryPoint, fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signPayment } from '../support/facilitator.js';
import { programsOrSkip } from '../support/or-skip.js';
import { useStack } from '../support/use-stack.js';
import { readText } from './support/files.js';

const programs = await programsOrSkip([['haproxy', '/usr/sbin/haproxy']], 'haproxy');

describe.skipIf(programs === undefined)('the proxy of a compose deployment (skipped without haproxy)', () => {
  const stack = useStack({ paywall: false, apis: 0 });
  const replicas = new Map<string, ManagedProcess>();
  let ports: Readonly<Record<'proxy' | 'api' | 'api-2', number>>;
  let proxy: ManagedProcess;

  const socket = () => `${stack().logDirectory}/haproxy.sock`;
  /** Whether the proxy has seen that a replica is ready; Docker's HEALTHCHECK, for which `--wait` waits, is slower. */
  const isUp = async (name: string) => {
    const asked = connect(socket()).end('show stat\n').setEncoding('utf8');
    let said = '';
    asked.on('data', (text) => {
      said += text;
    });
    await once(asked, 'close');
    return new RegExp(`^api,${name},.*,UP,`, 'm').test(said);
  };

  const startReplica = async (name: 'api' | 'api-2') => {
    replicas.set(
      name,
      await startProcess({
        name,
        command: process.execPath,
        args: [entryPoint('api')],
        cwd: ROOT,
        env: { ...baseEnvironment(), ...stack().settings, X402_SERVER__PORT: String(ports[name]) },
        ready: { kind: 'http', url: `http://127.0.0.1:${ports[name]}/ready` },
      }),
    );
  };

  beforeAll(async () => {
    ports = { proxy: await freePort(), api: await freePort(), 'api-2': await freePort() };
    await Promise.all([startReplica('api'), startReplica('api-2')]);
    // The file of the deployment, on loopback and without Docker's DNS.
    const configuration = readText('deploy/haproxy/haproxy.cfg')
      .replace('global\n', `global\n  stats socket ${socket()}\n`)
      .replace('bind :3000', `bind 127.0.0.1:${ports.proxy}`)
      .replace(/^resolvers docker\n(?: .*\n)+/m, '')
      .replace(' resolvers docker init-addr libc,none resolve-prefer ipv4', '')
      .replace('api:3000', `127.0.0.1:${ports.api}`)
      .replace('api-2:3000', `127.0.0.1:${ports['api-2']}`);
    const file = `${stack().logDirectory}/haproxy.cfg`;
    writeFileSync(file, configuration);
    proxy = await startProcess({
      name: 'HAProxy',
      command: programs?.[0] ?? '',
      args: ['-db', '-f', file],
      ready: { kind: 'http', url: `http://127.0.0.1:${ports.proxy}/ready` },
    });
  });

  afterAll(async () => {
    await proxy?.stop();
    await Promise.all([...replicas.values()].map((replica) => replica.stop()));
  });

  it('answers every call while one replica after the other is replaced', async () => {
    const { request } = await signPayment(stack(), await fundPayer(stack()));
    const url = `http://127.0.0.1:${ports.proxy}`;
    const statuses = new Map<string, number>();
    let isOver = false;
    const call = async () => {
      while (!isOver) {
        const answer = await fetch(`${url}/verify`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(request),
        }).then(
          async (response) =>
            `${response.status} ${((await response.json()) as { isValid?: boolean }).isValid}`,
          (error: unknown) => `${error} ${error instanceof Error ? error.cause : ''}`,
        );
        statuses.set(answer, (statuses.get(answer) ?? 0) + 1);
        await sleep(5);
      }
    };
    const callers = Array.from({ length: 4 }, call);
    for (const name of ['api', 'api-2'] as const) {
      await replicas.get(name)?.stop();
      await startReplica(name);
      await waitUntil(() => isUp(name), { what: `${name} to be up` });
    }
    isOver = true;
    await Promise.all(callers);
    expect([...statuses.keys()]).toEqual(['200 true']);
    expect(statuses.get('200 true')).toBeGreaterThan(20);
  });
});
