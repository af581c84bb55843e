import { createServer } from 'node:net';
import { ProcessStartError } from './start-process.js';

const ATTEMPTS = 5;

/** A TCP port on 127.0.0.1 that is free now. Another process may take it before you do: see `onFreePort`. */
export async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('Expected a TCP address'));
        else resolve(address.port);
      });
    });
  });
}

/** Starts a process on a free port, and on another one when the port was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === ATTEMPTS || !lostThePort(error)) throw error;
    }
  }
}

function lostThePort(error: unknown): boolean {
  return (
    error instanceof ProcessStartError &&
    error.output.some((line) => /EADDRINUSE|address already in use/i.test(line))
  );
}
