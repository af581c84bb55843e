import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  freePort,
  guardDirectory,
  type ManagedProcess,
  startProcess,
} from '@x402-facilitator/tools/processes';
import { startRedis } from '@x402-facilitator/tools/redis';
import { ROOT, type Stack } from '@x402-facilitator/tools/stack';
import type { Random } from '../chaos/random.js';

/** A process that is killed and started again. */
export type Killable = {
  killAndRestart(pauseMs: number): Promise<void>;
  stop(): Promise<unknown>;
};

export type Shop = Killable & { readonly url: string };

async function killable(start: () => Promise<ManagedProcess>): Promise<Killable> {
  let running = await start();
  return {
    async killAndRestart(pauseMs) {
      running.signal('SIGKILL');
      await running.exited;
      await sleep(pauseMs);
      running = await start();
    },
    stop: () => running.stop(),
  };
}

/** @param settings what `shop.mjs` reads of its environment. */
export async function startShop(settings: Readonly<Record<string, string>>, number: number): Promise<Shop> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await killable(() =>
    startProcess({
      name: `channel-shop-${number}`,
      command: globalThis.process.execPath,
      args: [join(ROOT, 'tests/channel-servers/shop.mjs')],
      cwd: ROOT,
      env: { PATH: globalThis.process.env.PATH ?? '', PORT: `${port}`, ...settings },
      ready: { kind: 'probe', probe: async () => (await fetch(`${url}/item/0`)).status === 402 },
    }),
  );
  return { url, ...process };
}

/** @param settings what `manager.mjs` reads of its environment. */
export function startManager(settings: Readonly<Record<string, string>>): Promise<Killable> {
  return killable(() =>
    startProcess({
      name: 'channel-manager',
      command: process.execPath,
      args: [join(ROOT, 'tests/channel-servers/manager.mjs')],
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', ...settings },
      ready: { kind: 'line', matches: (line) => line === 'managing' },
    }),
  );
}

/** The shop's Redis, which writes each promise to the disk. It comes back at the same place with what it wrote. */
export async function startStore(): Promise<Killable & { readonly url: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'x402-channel-store-'));
  guardDirectory(directory);
  const options = { exclusive: true, persistence: 'always', directory, port: await freePort() } as const;
  let running = await startRedis(options);
  return {
    url: running.url,
    async killAndRestart(pauseMs) {
      if (running.pid !== undefined) process.kill(running.pid, 'SIGKILL');
      // Waits until it is gone, too.
      await running.stop();
      await sleep(pauseMs);
      running = await startRedis(options);
    },
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The facilitator's worker. */
export function killableWorker(stack: Stack): Killable {
  let running = stack.workers[0];
  return {
    async killAndRestart(pauseMs) {
      running?.process.signal('SIGKILL');
      await running?.process.exited;
      await sleep(pauseMs);
      running = await stack.startWorker();
    },
    // The stack stops it.
    stop: async () => undefined,
  };
}

/** Kills one of some processes again and again, until `stop`, which says how often. */
export function strike(
  processes: readonly Killable[],
  random: Random,
  between: { readonly leastMs: number; readonly mostMs: number },
) {
  const stopping = new AbortController();
  let kills = 0;
  const striking = (async () => {
    for (;;) {
      const pauseMs = random.between(between.leastMs, between.mostMs);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return kills;
      kills += 1;
      await random.pick(processes).killAndRestart(random.between(0, 200));
    }
  })();
  return {
    stop() {
      stopping.abort();
      return striking;
    },
  };
}
