import { createServer, request } from 'node:http';
import { listen } from '../support/index.js';

export type ProviderProxy = {
  /** Base URL for the process that is watched. */
  readonly url: string;
  /** When a tip of at least this height first went out in an answer: POSIX milliseconds with fractions. */
  seenAtMs(height: number): number | undefined;
  close(): Promise<void>;
};

/**
 * Stands between the worker and its chain provider and passes everything on unchanged. It remembers when the answer went out
 * that first named a block as the tip.
 *
 * @param providerUrl Blockfrost-shaped base URL
 */
export async function startProviderProxy(providerUrl: string): Promise<ProviderProxy> {
  const target = new URL(providerUrl);
  const seen: { readonly height: number; readonly atMs: number }[] = [];
  const remember = (body: Buffer) => {
    const { height } = JSON.parse(body.toString('utf8')) as { height?: unknown };
    if (typeof height === 'number' && height !== seen.at(-1)?.height)
      seen.push({ height, atMs: performance.timeOrigin + performance.now() });
  };
  const server = createServer((incoming, outgoing) => {
    const isTip = incoming.method === 'GET' && incoming.url?.endsWith('/blocks/latest') === true;
    const passedOn = request(
      {
        ...{ host: target.hostname, port: target.port, path: incoming.url, method: incoming.method },
        headers: { ...incoming.headers, host: target.host },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks);
          if (isTip) remember(body);
          outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'content-length': body.length });
          outgoing.end(body);
        });
      },
    );
    passedOn.on('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    seenAtMs: (height) => seen.find((tip) => tip.height >= height)?.atMs,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
