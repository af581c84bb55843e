import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** The server's answer for one path; a function for anything but a plain JSON answer. */
export type Script =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export type ScriptedServer = {
  /** Base URL, as a provider takes it. */
  readonly url: string;
  /** Method and path with query of every request, in order. */
  readonly requests: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
  readonly bodies: readonly Buffer[];
};

/**
 * A real HTTP server with scripted answers, for those that no correct server gives. Paths that are not scripted answer
 * 404 in Blockfrost's form. It closes with the test.
 */
export async function startScriptedServer(scripts: Record<string, Script>): Promise<ScriptedServer> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? '').replace('/api/v0', '');
    requests.push(`${request.method} ${path}`);
    headers.push(request.headers);
    bodies.push(Buffer.concat(chunks));
    const script = scripts[path] ?? notFound;
    if (typeof script === 'function') return script(request, response);
    response.writeHead(script.status ?? 200, { 'content-type': 'application/json', ...script.headers });
    response.end(JSON.stringify(script.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/api/v0`, requests, headers, bodies };
}

const notFound: Script = {
  status: 404,
  json: { status_code: 404, error: 'Not Found', message: 'The requested component has not been found.' },
};
