import fp from 'fastify-plugin';

const IDLE_CHECK_MS = 20;

/**
 * Closing answers open waits and streams first, and then lets no connection linger: one that becomes idle after
 * `close()` was called would otherwise keep the server open for the whole keep-alive time.
 */
export const promptClosePlugin = fp<{ readonly stopping: AbortController }>(
  async (app, { stopping }) => {
    app.addHook('preClose', async () => {
      stopping.abort();
      const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
      app.server.once('close', () => clearInterval(sweep));
      if (!app.server.listening) clearInterval(sweep);
    });
  },
  { name: 'prompt-close' },
);
