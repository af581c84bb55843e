import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { guardDirectory, startProcess } from '../processes/index.js';
import { createCleanups } from '../stack/cleanups.js';
import { redisEnvironment } from '../stack/environment.js';
import { parseRedisUrl } from '../stack/redis-address.js';
import { ROOT } from '../stack/repository.js';
import { startDevnetProcess } from '../stack/start-devnet.js';
import { chooseRedis } from './choose-redis.js';
import { needsDevnet } from './needs-devnet.js';

/** Runs API and worker from their sources with all that they need, and restarts them on every change. Ctrl+C ends it all. */
const cleanups = createCleanups();
const stopping = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

try {
  await run();
} catch (error) {
  say('dev', error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await cleanups.run();
}

async function run(): Promise<void> {
  const env = process.env;
  const redis = await chooseRedis(env, (message) => say('dev', message));
  cleanups.add(() => redis.stop());
  say('dev', `Redis: ${redis.origin}`);

  const chain = needsDevnet(env, ROOT) ? await startDevnet() : {};
  const shared = {
    X402_LOGGING__PRETTY: 'true',
    ...env,
    ...redisEnvironment(parseRedisUrl(redis.url)),
    ...chain,
  };
  await watch('api', shared, pc.cyan);
  await watch('worker', shared, pc.magenta);
  if (!stopping.signal.aborted) {
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  }
}

async function startDevnet(): Promise<NodeJS.ProcessEnv> {
  const logDirectory = mkdtempSync(join(tmpdir(), 'x402-dev-'));
  guardDirectory(logDirectory);
  const devnet = await startDevnetProcess({ network: 'preview', blockMs: 1_000, logDirectory });
  cleanups.add(async () => {
    await devnet.process.stop();
    rmSync(logDirectory, { recursive: true, force: true });
  });
  say('dev', `devnet: ${devnet.url} (control: ${devnet.controlUrl})`);
  return {
    X402_CHAIN__NETWORK: 'Preview',
    X402_CHAIN__BLOCKFROST__URL: devnet.url,
    X402_CHAIN__FOLLOWER__TICK_MS: '500',
  };
}

/** Runs an app's sources under tsx's watcher. A change in any workspace package that it imports restarts it. */
async function watch(
  app: 'api' | 'worker',
  env: NodeJS.ProcessEnv,
  colour: (text: string) => string,
): Promise<void> {
  const watched = await startProcess({
    name: app,
    command: join(ROOT, 'node_modules/.bin/tsx'),
    args: ['watch', '--clear-screen=false', '--conditions=source', `apps/${app}/src/main.ts`],
    cwd: ROOT,
    env,
  });
  cleanups.add(() => watched.stop());
  watched.output.onLine((line) => say(app, line, colour));
}

function say(who: string, text: string, colour: (text: string) => string = pc.dim): void {
  process.stdout.write(`${colour(who.padEnd(6))} ${text}\n`);
}
