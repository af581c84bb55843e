import { fileURLToPath } from 'node:url';
import { createWorkerPresence, redisSettingsFromUrl } from '@x402-facilitator/journal';
import { type ManagedProcess, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { afterEach, expect, it } from 'vitest';
import type { Facilitator } from './support/facilitator.js';
import { newPrivateKey, type Payment } from './support/payments.js';
import { useFacilitator } from './support/use-facilitator.js';

const open = useFacilitator();
const processes: ManagedProcess[] = [];
afterEach(async () => {
  await Promise.all(processes.splice(0).map((managed) => managed.stop(2_000)));
});

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function environmentOf(here: Facilitator, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { host, port, db } = redisSettingsFromUrl(here.redisUrl);
  return {
    PATH: process.env.PATH,
    X402_CONFIG: fileURLToPath(new URL('./support/empty-config.json', import.meta.url)),
    X402_ENV: 'test',
    X402_SERVER__HOST: '127.0.0.1',
    X402_WORKER__METRICS_PORT: '0',
    X402_CHAIN__BLOCKFROST__URL: here.devnet.url,
    X402_CHAIN__REDIS__HOST: host,
    X402_CHAIN__REDIS__PORT: String(port),
    X402_CHAIN__REDIS__DB: String(db ?? 0),
    X402_CHAIN__FOLLOWER__TICK_MS: '100',
    ...extra,
  };
}

async function startWorkerProcess(name: string, env: NodeJS.ProcessEnv): Promise<ManagedProcess> {
  const managed = await startProcess({
    name,
    command: process.execPath,
    args: ['--conditions=source', '--import', 'tsx', MAIN],
    env,
    ready: { kind: 'line', matches: (line) => line.includes('"worker started"') },
    readyTimeoutMs: 60_000,
  });
  processes.push(managed);
  return managed;
}

/** `submitting` is written before the bytes are sent, so this also waits until the node has the request. */
async function untilOnTheWire(here: Facilitator, payment: Payment): Promise<void> {
  await here.reaches(payment, 'submitting');
  await expect.poll(() => here.devnet.faults.list()).toEqual([]);
}

const linesOf = (managed: ManagedProcess) =>
  managed.output.recent().flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });

const messagesOf = (managed: ManagedProcess) => linesOf(managed).map(({ message }) => message);

it('a worker that native code brings down ends at once, and not with 0', async () => {
  const { here } = await open({ workers: 0 });
  const worker = await startWorkerProcess('worker', environmentOf(here));
  const signalledMs = performance.now();
  worker.signal('SIGSEGV');
  expect(await worker.exited).toEqual({ code: null, signal: 'SIGSEGV' });
  expect(performance.now() - signalledMs).toBeLessThan(1000);
});

it('SIGTERM lets the running job finish, says goodbye and exits with 0', async () => {
  const { here, payer } = await open({ workers: 0 });
  const managed = await startWorkerProcess('worker', environmentOf(here));
  here.devnet.faults.add({
    kind: 'latency',
    ms: 2_000,
    operation: 'POST /tx/submit',
    count: 1,
    probability: 1,
  });
  const payment = await payer.sign();
  await here.settle(payment);
  await untilOnTheWire(here, payment);
  const presence = createWorkerPresence(here.redis);
  await expect.poll(async () => (await presence.list()).length).toBe(1);

  const startedMs = performance.now();
  managed.signal('SIGTERM');
  expect(await managed.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect((await here.read(payment.txHash)).state).toBe('submitted');
  expect(await presence.list()).toEqual([]);
  expect(await here.redis.get('{x402}:journal:preview:lease')).toBeNull();
  expect(messagesOf(managed).slice(-2)).toEqual(expect.arrayContaining(['worker stopped']));
});

it('SIGINT ends a worker in time even if its job takes too long, and the next worker takes the job over', async () => {
  const { here, payer } = await open({ workers: 0 });
  const env = environmentOf(here, { X402_WORKER__SHUTDOWN_TIMEOUT_MS: '500' });
  const managed = await startWorkerProcess('worker', env);
  here.devnet.faults.add({
    kind: 'hang',
    operation: 'POST /tx/submit',
    when: 'after',
    count: 1,
    probability: 1,
  });
  const payment = await payer.sign();
  await here.settle(payment);
  await untilOnTheWire(here, payment);
  managed.signal('SIGINT');
  expect(await managed.exited).toEqual({ code: 0, signal: null });
  await startWorkerProcess('next', env);
  await here.reaches(payment, 'submitted');
  expect(here.submissionsOf(payment)).toBe(1);
});

it('SIGKILL of the worker that holds a job and the lease: the settlement moves on within 20 s', async () => {
  const { here, payer } = await open({ workers: 0 });
  const victim = await startWorkerProcess('victim', environmentOf(here));
  here.devnet.faults.add({
    kind: 'hang',
    operation: 'POST /tx/submit',
    when: 'after',
    count: 1,
    probability: 1,
  });
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.settle(payment);
  await untilOnTheWire(here, payment);
  const survivor = await startWorkerProcess('survivor', environmentOf(here));
  victim.signal('SIGKILL');
  const killedMs = performance.now();
  await here.reaches(payment, 'submitted');
  here.forge();
  await here.reaches(payment, 'confirmed');
  expect(performance.now() - killedMs).toBeLessThan(20_000);
  expect(here.submissionsOf(payment)).toBe(1);
  expect(messagesOf(survivor)).toContain('following the chain');
});

it('a worker that was paused for longer than its lock resumes without harm', async () => {
  const { here, payer } = await open({ workers: 0 });
  const paused = await startWorkerProcess('paused', environmentOf(here));
  here.devnet.faults.add({
    kind: 'latency',
    ms: 1_500,
    operation: 'POST /tx/submit',
    count: 1,
    probability: 1,
  });
  const payment = await payer.sign({ requiredConfirmations: 0 });
  await here.settle(payment);
  await untilOnTheWire(here, payment);
  paused.signal('SIGSTOP');
  try {
    await startWorkerProcess('other', environmentOf(here));
    await here.reaches(payment, 'submitted');
    here.forge();
    await here.reaches(payment, 'confirmed');
  } finally {
    paused.signal('SIGCONT');
  }
  const before = await here.read(payment.txHash);
  await waitUntil(() => messagesOf(paused).includes('another worker follows the chain'), {
    what: 'the paused worker to notice',
  });
  expect(await here.read(payment.txHash)).toEqual(before);
  expect(here.submissionsOf(payment)).toBe(1);
});

it('reports its health, and the wallet’s address by heartbeat, and logs no secret', async () => {
  const { here } = await open({ workers: 0 });
  const key = newPrivateKey();
  const managed = await startWorkerProcess(
    'worker',
    environmentOf(here, {
      X402_CHAIN__FACILITATOR__PRIVATE_KEY: key.privateKey,
      X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewSecretProjectId',
      X402_LOGGING__LEVEL: 'trace',
    }),
  );
  const started = linesOf(managed).find(({ message }) => message === 'worker started');
  if (started === undefined) throw new Error('the worker did not say that it started');
  const { healthPort, version } = started.metadata as { healthPort: number; version: string };
  const health = await fetch(`http://127.0.0.1:${healthPort}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: 'healthy', version, redis: { status: 'up' } });
  expect((await fetch(`http://127.0.0.1:${healthPort}/live`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${healthPort}/nothing`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${healthPort}/live`, { method: 'POST' })).status).toBe(405);

  const presence = createWorkerPresence(here.redis);
  await expect
    .poll(() => presence.list())
    .toMatchObject([
      {
        version,
        networks: [{ network: 'cardano:preview', walletAddress: await key.address(), isFollower: true }],
      },
    ]);
  await managed.stop();
  const printed = managed.output.recent().join('\n');
  expect(printed).toContain(await key.address());
  expect(printed).not.toContain(key.privateKey);
  expect(printed).not.toContain('previewSecretProjectId');
});

it.each([
  {
    mistake: 'a key that is not a wallet',
    extra: { X402_CHAIN__FACILITATOR__PRIVATE_KEY: 'ed25519_sk1nonsense' },
    says: 'chain.facilitator.privateKey is not a wallet',
  },
  {
    mistake: 'a Redis that would lose settlements, in production',
    extra: { X402_ENV: 'production' },
    says: 'Redis would lose accepted settlements',
  },
  {
    mistake: 'an unknown network',
    extra: { X402_CHAIN__NETWORK: 'Testnet' },
    says: 'ConfigInvalidError: chain.network',
  },
])('$mistake ends the start with code 1 and says so', async ({ extra, says }) => {
  const { here } = await open({ workers: 0 });
  const managed = await startProcess({
    name: 'worker',
    command: process.execPath,
    args: ['--conditions=source', '--import', 'tsx', MAIN],
    env: environmentOf(here, extra),
  });
  processes.push(managed);
  expect(await managed.exited).toEqual({ code: 1, signal: null });
  expect(managed.output.recent().join('\n')).toContain(says);
});
