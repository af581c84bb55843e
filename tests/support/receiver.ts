import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A server that accepts everything with OK or, when told to hang, never answers. */
export type Receiver = {
  readonly url: string;
  readonly port: number;
  /** The bodies sent to paths with this ending, unpacked, oldest first. */
  bodies(path: string): readonly string[];
  /** Everything that was sent, paths and headers included. */
  raw(): string;
  close(): Promise<void>;
};

export async function startReceiver({ hangs = false } = {}): Promise<Receiver> {
  const received: { readonly path: string; readonly head: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      const path = (request.url ?? '').split('?')[0] ?? '';
      received.push({
        path,
        head: `${request.url} ${JSON.stringify(request.headers)}`,
        body: body.toString(),
      });
      if (!hangs) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    bodies: (path) => received.filter((it) => it.path.endsWith(path)).map(({ body }) => body),
    raw: () => received.map(({ head, body }) => `${head}\n${body}`).join('\n'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
