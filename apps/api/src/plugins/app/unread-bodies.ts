import type { IncomingMessage } from 'node:http';
import fp from 'fastify-plugin';

/** More than any body that is sent by mistake: its sender reads the answer, and the connection stays usable. */
const MAX_BYTES = 16 * 1024 * 1024;

const CHECK_MS = 20;

/**
 * Ends connections on which a body goes on after its request was answered: as too large, as unknown, or as one too many.
 * Node reads and drops the rest for as long as a request may take to arrive, and a fast sender can send gigabytes in that
 * time. It cannot be closed at once either: then the sender of a body that is a little too large would see a broken pipe
 * instead of the answer.
 */
export const unreadBodiesPlugin = fp(
  async (app) => {
    /** Bytes of the connection at the answer, by request. */
    const unread = new Map<IncomingMessage, number>();
    let checks: NodeJS.Timeout | undefined;

    const check = () => {
      for (const [message, answeredAt] of unread) {
        const { socket, complete } = message;
        if (!complete && !socket.destroyed && socket.bytesRead - answeredAt <= MAX_BYTES) continue;
        unread.delete(message);
        if (!complete) socket.destroy();
      }
      if (unread.size > 0) return;
      clearInterval(checks);
      checks = undefined;
    };

    app.addHook('onResponse', ({ raw }, _reply, done) => {
      if (!raw.complete && !raw.socket.destroyed) {
        unread.set(raw, raw.socket.bytesRead);
        checks ??= setInterval(check, CHECK_MS).unref();
      }
      done();
    });
    app.addHook('onClose', async () => clearInterval(checks));
  },
  { name: 'unread-bodies' },
);
