import { startTcpProxy } from './tcp-proxy.js';

/** How many bytes of an answer arrive, from the length of its head and of all of it. */
export type Cut = (head: number, total: number) => number;

export type CuttingProxy = {
  readonly url: string;
  /** The next answer of `/settle` is cut there, and its connection closed. The facilitator has sent all of it by then. */
  cutNext(cut: Cut): void;
  close(): Promise<void>;
};

const HEAD_END = '\r\n\r\n';

/** Stands between a caller and the facilitator, on a free port of this machine. */
export async function startCuttingProxy(facilitatorUrl: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(facilitatorUrl);
  let next: Cut | undefined;

  const proxy = await startTcpProxy({ host: hostname, port: Number(port) }, (caller, facilitator) => {
    let cut: Cut | undefined;
    let answer = Buffer.alloc(0);
    caller.on('data', (bytes) => {
      if (next !== undefined && bytes.toString('latin1').startsWith('POST /settle ')) {
        cut = next;
        next = undefined;
      }
      facilitator.write(bytes);
    });
    facilitator.on('data', (bytes) => {
      if (cut === undefined) {
        caller.write(bytes);
        return;
      }
      answer = Buffer.concat([answer, bytes]);
      const head = headOf(answer);
      if (head === undefined || answer.length < head.total) return;
      caller.end(answer.subarray(0, cut(head.length, head.total)));
    });
  });
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    cutNext(cut) {
      next = cut;
    },
    close: proxy.close,
  };
}

function headOf(answer: Buffer): { readonly length: number; readonly total: number } | undefined {
  const text = answer.toString('latin1');
  const end = text.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const length = end + HEAD_END.length;
  const body = /^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1];
  if (body === undefined) throw new Error(`expected a content-length, found ${text.slice(0, end)}`);
  return { length, total: length + Number(body) };
}
