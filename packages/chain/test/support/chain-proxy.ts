import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy in front of a provider, such as a CDN or a load balancer. */
export type ChainProxy = {
  readonly url: string;
  /** Changes the body of every answer from now on; `undefined` passes it on as it is. */
  corrupt(change: ((body: string) => string) | undefined): void;
  /** Refuses connections from now on. */
  goAway(): Promise<void>;
  /** Listens again where it did. */
  comeBack(): Promise<void>;
};

/** Starts a proxy that closes with the test. */
export async function startChainProxy(target: string): Promise<ChainProxy> {
  const base = new URL(target);
  let change: ((body: string) => string) | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await fetch(new URL(request.url ?? '/', base.origin), {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(change === undefined ? body : change(body));
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${port}${base.pathname}`,
    goAway: close,
    comeBack: () => listen(port),
    corrupt(next) {
      change = next;
    },
  };
}
