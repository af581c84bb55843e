import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type ManagedProcess, startProcess } from '@x402-facilitator/tools/processes';
import { ROOT } from '@x402-facilitator/tools/stack';
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
