import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ProviderProxy = {
  /** Base URL to give to whoever is watched. */
  readonly url: string;
  /** When a tip of this height or above was first shown to whoever asks here, POSIX milliseconds with fractions. */
  seenAtMs(height: number): number | undefined;
  close(): Promise<void>;
};

/**
 * Stands between the worker and its chain provider, passes everything on as it is, and remembers when the answer that
 * first told of a block as the tip went out.
 *
 * @param providerUrl Blockfrost-shaped base URL.
 */
export async function startProviderProxy(providerUrl: string): Promise<ProviderProxy> {
  const target = new URL(providerUrl);
  const seen: SeenTip[] = [];
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
          if (isTip) remember(seen, body);
          outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'content-length': body.length });
          outgoing.end(body);
        });
      },
    );
    passedOn.on('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    seenAtMs: (height) => seen.find((tip) => tip.height >= height)?.atMs,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** In the order in which they were seen. */
type SeenTip = { readonly height: number; readonly atMs: number };

function remember(seen: SeenTip[], body: Buffer): void {
  const { height } = JSON.parse(body.toString('utf8')) as { height?: unknown };
  if (typeof height === 'number' && height !== seen.at(-1)?.height)
    seen.push({ height, atMs: performance.timeOrigin + performance.now() });
}
