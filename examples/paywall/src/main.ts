import closeWithGrace from 'close-with-grace';
import { buildPaywall } from './build-paywall.js';
import { readEnvironment } from './environment.js';

try {
  const { host, port, ...options } = readEnvironment(process.env);
  const app = await buildPaywall({ ...options, logger: { level: process.env.LOG_LEVEL ?? 'info' } });
  closeWithGrace({ delay: 10_000 }, async ({ err }) => {
    if (err !== undefined) app.log.error({ err }, 'stopping after an error');
    // Otherwise a connection that becomes idle now would keep the server up for its keep-alive time.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
    await app.close();
    clearInterval(sweep);
  });
  const url = await app.listen({ host, port });
  process.stdout.write(`${JSON.stringify({ url })}\n`);
} catch (error) {
  process.stderr.write(`paywall: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
