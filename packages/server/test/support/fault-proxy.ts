import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What the proxy does with one request. */
export type Fault =
  | { readonly kind: 'pass' }
  /** The facilitator answers; the first bytes of it arrive, then the connection ends. */
  | { readonly kind: 'cut'; readonly at: number }
  /** The connection ends before the facilitator gets anything. */
  | { readonly kind: 'drop' }
  /** The facilitator gets nothing, and a page of a gateway is the answer. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly body?: string }
  /** The facilitator answers, and a page of a gateway arrives in place of it. */
  | { readonly kind: 'mask'; readonly status: number }
  /** The facilitator answers, and its answer, or only its last bytes, arrive late. */
  | { readonly kind: 'late'; readonly ms: number; readonly lastBytes?: number }
  /** The facilitator gets the request twice at once; the later answer arrives. */
  | { readonly kind: 'twice' };

export type SeenRequest = {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly atMs: number;
};

/** A reverse proxy that does to each request what a test has planned. */
export async function startFaultProxy(upstream: string) {
  const seen: SeenRequest[] = [];
  let plan: (path: string, nth: number) => Fault = () => ({ kind: 'pass' });
  let answerBytes = 0;
  let onAnswered: (path: string) => void = () => undefined;
  const counts = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();

  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    seen.push({ path, headers: request.headers, atMs: Date.now() });
    const nth = counts.get(path) ?? 0;
    counts.set(path, nth + 1);
    const body = await buffer(request);
    const fault = plan(path, nth);
    const { socket } = response;
    if (fault.kind === 'drop') return void socket?.destroy();
    if (fault.kind === 'status')
      return void response
        .writeHead(fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter })
        .end(fault.body ?? '<html>gateway</html>');
    const ask = () =>
      fetch(upstream + path, {
        method: request.method ?? 'GET',
        headers: Object.entries(request.headers).flatMap(([name, value]) =>
          typeof value === 'string' && !/^(?:host|connection|content-length)$/.test(name)
            ? [[name, value]]
            : [],
        ) as [string, string][],
        ...(body.length === 0 ? {} : { body }),
      });
    const answers = await Promise.all(fault.kind === 'twice' ? [ask(), ask()] : [ask()]).catch(
      () => undefined,
    );
    const answer = answers?.at(-1);
    if (answer === undefined) return void socket?.destroy();
    const text = Buffer.from(await answer.arrayBuffer());
    onAnswered(path);
    if (fault.kind === 'mask') return void response.writeHead(fault.status).end('<html>gateway</html>');
    const headers = [...answer.headers].filter(
      ([name]) => !/^(?:connection|keep-alive|transfer-encoding|content-length)$/.test(name),
    );
    const head = `HTTP/1.1 ${answer.status} x\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}content-length: ${text.length}\r\nconnection: close\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), text]);
    answerBytes = bytes.length;
    const send = () => {
      if (fault.kind === 'cut') socket?.write(bytes.subarray(0, fault.at), () => socket.destroy());
      else socket?.end(bytes);
    };
    if (fault.kind !== 'late') return send();
    const { ms, lastBytes = bytes.length } = fault;
    const inTime = bytes.length - lastBytes;
    socket?.write(bytes.subarray(0, inTime));
    timers.add(setTimeout(() => socket?.end(bytes.subarray(inTime)), ms));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    /** The length of the last answer, head and body. */
    answerBytes: () => answerBytes,
    /** @param plan the fault of the nth request to a path, from 0 on. */
    plan(next: typeof plan) {
      counts.clear();
      seen.length = 0;
      plan = next;
    },
    /** Calls `tell` when the facilitator has answered, before the answer goes on. */
    whenAnswered(tell: typeof onAnswered) {
      onAnswered = tell;
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;
