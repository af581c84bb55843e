import type { Socket } from 'node:net';
import fp from 'fastify-plugin';

const IDLE_CHECK_MS = 20;

/**
 * Closing answers open waits and streams first, then closes idle connections. Otherwise a connection that becomes idle
 * after `close()` would keep the server open for the whole keep-alive time. An unused connection (load balancers and
 * browsers open some in advance) would do so for as long as a request may take to arrive.
 */
export const promptClosePlugin = fp<{ readonly stopping: AbortController }>(
  async (app, { stopping }) => {
    const silent = new Set<Socket>();
    app.server.on('connection', (socket: Socket) => {
      silent.add(socket);
      socket.once('close', () => silent.delete(socket));
    });
    // Node counts a connection that has received no byte as busy.
    const endSilent = () => {
      for (const socket of silent) {
        if (socket.bytesRead === 0) socket.destroy();
        else silent.delete(socket);
      }
    };
    app.server.on('request', ({ socket }) => silent.delete(socket));

    app.addHook('preClose', async () => {
      stopping.abort();
      const sweep = setInterval(() => {
        app.server.closeIdleConnections();
        endSilent();
      }, IDLE_CHECK_MS);
      app.server.once('close', () => clearInterval(sweep));
      if (!app.server.listening) clearInterval(sweep);
    });
  },
  { name: 'prompt-close' },
);
