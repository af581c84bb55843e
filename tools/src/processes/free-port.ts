import { createServer } from 'node:net';

/** A TCP port on 127.0.0.1 that is free now. Somebody may take it before you do: be ready to ask again. */
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
