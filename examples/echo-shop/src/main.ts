import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { buildShop } from './build-shop.js';
import { readEnvironment } from './environment.js';

try {
  const { host, port, pollMs, ...environment } = readEnvironment(process.env);
  const { app, till } = await buildShop(environment, { level: process.env.LOG_LEVEL ?? 'info' });
  const stopping = new AbortController();
  const payBack = async () => {
    while (!stopping.signal.aborted) {
      await till.round().catch((error: unknown) => app.log.warn({ err: error }, 'the till was not read'));
      await sleep(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const paidBack = payBack();
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err !== undefined) app.log.error({ err }, 'stopping after an error');
    stopping.abort();
    // Otherwise a connection that becomes idle now would keep the server up for its keep-alive time.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
    await Promise.all([app.close(), paidBack]);
    clearInterval(sweep);
  });
  const url = await app.listen({ host, port });
  process.stdout.write(`${JSON.stringify({ url, till: till.address })}\n`);
} catch (error) {
  process.stderr.write(`echo shop: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
