import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to a request on its way. */
export const FAULTS = ['cut before', 'cut after', 'delay', 'busy', 'answer lost', 'duplicate'] as const;
export type Fault = (typeof FAULTS)[number];

export type FaultProxy = {
  readonly url: string;
  /** Of each kind, how many there were. */
  readonly counts: ReadonlyMap<Fault, number>;
  close(): Promise<void>;
};

const DELAY_MS = 120;

/**
 * A proxy that breaks requests.
 *
 * @param choose the fault of the next request; `undefined` lets it pass.
 */
export async function startFaultProxy(target: string, choose: () => Fault | undefined): Promise<FaultProxy> {
  const counts = new Map<Fault, number>();
  const server = createServer((request, response) => {
    const fault = choose();
    if (fault !== undefined) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    handle(target, request, response, fault).catch(() => request.socket.destroy());
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const forward = () => forwardTo(target, request, Buffer.concat(chunks));
  switch (fault) {
    case 'cut before':
      request.socket.destroy();
      return;
    case 'cut after':
      await forward();
      request.socket.destroy();
      return;
    case 'busy':
      response.writeHead(503, { 'retry-after': '0' }).end('{}');
      return;
    case 'answer lost':
      await forward();
      response.writeHead(502).end('<html>bad gateway</html>');
      return;
    case 'duplicate':
      await Promise.all([forward(), forward()]).then(([first]) => reply(response, first));
      return;
    case 'delay':
      await sleep(DELAY_MS);
      reply(response, await forward());
      return;
    case undefined:
      reply(response, await forward());
  }
}

type Reply = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer };

function reply(response: ServerResponse, { status, headers, body }: Reply): void {
  const { 'transfer-encoding': _, connection: __, ...rest } = headers;
  response.writeHead(status, rest).end(body);
}

function forwardTo(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const forwarded = send(`${target}${url}`, { method, headers, agent: false }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) });
    });
    forwarded.on('error', reject);
    forwarded.end(body);
  });
}
