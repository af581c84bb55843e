import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type FacilitatorAnswers = {
  readonly verify?: unknown;
  /** In order; the last one repeats. */
  readonly settle?: readonly { readonly status?: number; readonly body: unknown }[];
  readonly supportedExtra?: Record<string, unknown>;
};

/** A real HTTP server that answers like a facilitator in rare situations. */
export async function startFacilitator(answers: FacilitatorAnswers = {}) {
  const requests: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  let settles = 0;
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    requests.push({ path, body: await bodyOf(request) });
    const settle = answers.settle?.[Math.min(settles, answers.settle.length - 1)];
    const { status = 200, body } =
      path === '/supported'
        ? { body: supported(answers.supportedExtra) }
        : path === '/verify'
          ? { body: answers.verify ?? { isValid: true, payer: 'addr_test1payer' } }
          : (settle ?? { status: 500, body: {} });
    if (path === '/settle') settles += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    paths: () => requests.map(({ path }) => path).filter((path) => path !== '/supported'),
  };
}

function supported(extra: Record<string, unknown> | undefined) {
  return {
    kinds: [
      {
        x402Version: 2,
        scheme: 'exact',
        network: 'cardano:preview',
        extra: extra ?? {
          assetTransferMethods: ['default'],
          areFeesSponsored: false,
          l1Confirmations: { minimum: 0, maximum: 20 },
        },
      },
    ],
    extensions: [],
    signers: {},
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}
