import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  connectRedis,
  createRedisJournal,
  createWorkerPresence,
  disconnectRedis,
  type RedisConnection,
  redisSettingsFromUrl,
  settlementsIn,
} from '@x402-facilitator/journal';
import { onFreePort, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import {
  type AppProcess,
  baseEnvironment,
  type FundedPayer,
  fundPayer,
  ROOT,
  type Stack,
  startStack,
} from '@x402-facilitator/tools/stack';
import { openWorktree, type Worktree } from '@x402-facilitator/tools/worktree';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, signPayment } from './support/facilitator.js';

/** Version 0.1.0: this tree reads what it wrote to Redis, and it reads what this tree writes. */
const OLD = 'ea42350ab721d7244f53ee60e4c2def99588a822';

/** Settings of the stack that it does not know. */
const NEW_SETTINGS: ReadonlySet<string> = new Set([
  'X402_SERVER__MAX_CONNECTIONS',
  'X402_SERVER__MAX_CONNECTIONS_PER_ADDRESS',
]);

/** In CI a skipped test would look like a success, so a clone without history is an error there. */
function isInThisClone(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${OLD}^{commit}`], { cwd: ROOT, stdio: 'ignore' });
    return true;
  } catch {
    const reason = `commit ${OLD} is not in this clone: fetch the whole history`;
    if (process.env.CI) throw new Error(reason);
    process.stderr.write(`Skipped: ${reason}\n`);
    return false;
  }
}

describe.skipIf(!isInThisClone())('version 0.1.0 beside this one, on one Redis', () => {
  let worktree: Worktree;
  let stack: Stack;
  let redis: RedisConnection;
  let payer: FundedPayer;
  const old: AppProcess[] = [];
  const paid: string[] = [];

  beforeAll(async () => {
    worktree = await openWorktree(OLD);
    stack = await startStack({ apis: 1, workers: 0, paywall: false, blockMs: 0 });
    const settings = redisSettingsFromUrl(stack.redis.url);
    redis = connectRedis({ settings, role: 'worker', name: 'upgrade', onError: () => undefined });
    payer = await fundPayer(stack, { outputs: 30 });
  });
  afterAll(async () => {
    await Promise.all(old.map((it) => it.process.stop()));
    if (redis !== undefined) await disconnectRedis(redis);
    await stack?.stop();
    await worktree?.close();
  });

  const startOld = (app: 'api' | 'worker'): Promise<AppProcess> =>
    onFreePort(async (port) => {
      const url = `http://127.0.0.1:${port}`;
      const portVariable = app === 'api' ? 'X402_SERVER__PORT' : 'X402_WORKER__METRICS_PORT';
      const process = await startProcess({
        name: `old-${app}`,
        command: globalThis.process.execPath,
        args: [join(worktree.directory, `apps/${app}/dist/main.js`)],
        cwd: worktree.directory,
        env: {
          ...baseEnvironment(),
          ...Object.fromEntries(Object.entries(stack.settings).filter(([name]) => !NEW_SETTINGS.has(name))),
          X402_SERVER__HOST: '127.0.0.1',
          [portVariable]: String(port),
        },
        ready: { kind: 'http', url: `${url}${app === 'api' ? '/ready' : '/health'}` },
      });
      const started = { url, process };
      old.push(started);
      return started;
    });

  /** Settles this many payments through an API, and waits until they are submitted. */
  const pay = async (at: AppProcess, count: number) => {
    for (let made = 0; made < count; made += 1) {
      const { request, transaction } = await signPayment(stack, payer);
      const answer = await post(`${at.url}/settle`, request, { prefer: 'respond-async' });
      expect(answer.body).toMatchObject({ errorReason: 'settlement_pending' });
      paid.push(transaction);
    }
  };
  /** Makes blocks until both APIs report every payment so far as confirmed. */
  const allConfirm = async (apis: readonly AppProcess[]) => {
    await allAre('submitted', apis);
    await stack.control.forge(2);
    await allAre('confirmed', apis);
  };
  const allAre = (state: 'submitted' | 'confirmed', apis: readonly AppProcess[]) =>
    waitUntil(
      async () => {
        const answers = await Promise.all(
          apis.flatMap(({ url }) => paid.map((transaction) => get(`${url}/status/${transaction}`))),
        );
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
        expect(answers.filter(({ body }) => ['failed', 'expired'].includes(String(body.state)))).toEqual([]);
        return answers.every(({ body }) => body.state === state || body.state === 'confirmed');
      },
      { what: `all payments to be ${state}` },
    );
  const follows = (worker: AppProcess) =>
    waitUntil(
      async () =>
        (await createWorkerPresence(redis).list()).some(
          ({ id, networks }) =>
            id.includes(`-${worker.process.pid}-`) && networks.some(({ isFollower }) => isFollower),
        ),
      { what: `${worker.process.name} to follow the chain` },
    );
  const kill = async (worker: AppProcess) => {
    worker.process.signal('SIGKILL');
    await worker.process.exited;
  };

  test('payments through both APIs settle with either worker, while the follower changes from old to new and back', async () => {
    const [newApi] = stack.apis;
    if (newApi === undefined) throw new Error('expected an API');
    const oldApi = await startOld('api');
    const apis = [oldApi, newApi];
    const oldWorker = await startOld('worker');
    await follows(oldWorker);
    const newWorker = await stack.startWorker();
    for (const api of apis) await pay(api, 4);
    await allConfirm(apis);

    for (const api of apis) await pay(api, 2);
    await allAre('submitted', apis);
    await kill(oldWorker);
    await follows(newWorker);
    for (const api of apis) await pay(api, 2);
    await allConfirm(apis);

    const oldAgain = await startOld('worker');
    for (const api of apis) await pay(api, 2);
    await allAre('submitted', apis);
    await kill(newWorker);
    await follows(oldAgain);
    for (const api of apis) await pay(api, 2);
    await allConfirm(apis);

    for (const transaction of paid) {
      const [seenByOld, seenByNew] = await Promise.all(
        apis.map(({ url }) => get(`${url}/status/${transaction}`)),
      );
      expect(seenByNew?.body).toEqual(seenByOld?.body);
    }
    const journal = createRedisJournal({ redis });
    const readings = [];
    for await (const batch of journal.all(stack.network)) readings.push(...batch);
    expect(readings.filter(({ ok }) => !ok)).toEqual([]);
    expect(settlementsIn(readings).map(({ state }) => state)).toEqual(paid.map(() => 'confirmed'));
  });
});
