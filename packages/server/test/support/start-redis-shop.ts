import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { ROOT, type Stack } from '@x402-facilitator/tools/stack';
import { onTestFinished } from 'vitest';

/** A file of the runs of all processes of one shop. */
export function runsFile() {
  const path = join(tmpdir(), `x402-runs-${randomUUID()}`);
  writeFileSync(path, '');
  onTestFinished(() => rmSync(path, { force: true }));
  return { path, lines: () => readFileSync(path, 'utf8').split('\n').filter(Boolean) };
}

/** One process of a shop that keeps its answers in Redis. */
export function startRedisShop(
  stack: Stack,
  options: {
    readonly facilitatorUrl: string;
    readonly redisUrl: string;
    readonly runs: string;
    readonly settleWithinMs?: number;
  },
) {
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const process = await startProcess({
      name: 'redis-shop',
      command: globalThis.process.execPath,
      args: [join(ROOT, 'packages/server/test/support/redis-shop.mjs')],
      cwd: ROOT,
      env: {
        PATH: globalThis.process.env.PATH ?? '',
        FACILITATOR_URL: options.facilitatorUrl,
        PAY_TO: stack.payTo,
        PORT: String(port),
        REDIS_URL: options.redisUrl,
        RUNS: options.runs,
        SETTLE_WITHIN_MS: String(options.settleWithinMs ?? 20_000),
      },
      ready: { kind: 'probe', probe: async () => (await fetch(`${url}/report`)).status === 402 },
    });
    onTestFinished(async () => void (await process.stop()));
    return { url, process };
  });
}
