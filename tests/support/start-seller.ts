import { join } from 'node:path';
import { type ManagedProcess, onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { ROOT, type Stack } from '@x402-facilitator/tools/stack';

/** A seller's example that runs, and in which versions of the middleware. */
export type Seller = {
  readonly name: string;
  /** Its file in `examples`, built. A route file of Next is served by a server of the tests. */
  readonly file: string;
  /** Packages that stand in for those that it imports. */
  readonly aliases?: Readonly<Record<string, string>>;
};

/** Next's package has no exports, so Node wants the name of its file. */
const NEXT = { 'next/server': 'next/server.js' };

export const SELLERS: readonly Seller[] = [
  { name: 'Express, @x402/express 2.27.0', file: 'sellers/dist/express.js' },
  {
    name: 'Express, @x402/express 2.1.0',
    file: 'sellers/dist/express.js',
    aliases: { '@x402/express': 'x402-express-oldest' },
  },
  { name: 'Hono, @x402/hono 2.27.0', file: 'sellers/dist/hono.js' },
  {
    name: 'Hono, @x402/hono 2.0.0',
    file: 'sellers/dist/hono.js',
    aliases: { '@x402/hono': 'x402-hono-oldest' },
  },
  { name: 'Fastify', file: 'sellers/dist/fastify.js' },
  { name: 'Next, @x402/next 2.25.0', file: 'seller-next/dist/app/report/route.js', aliases: NEXT },
  {
    name: 'Next, @x402/next 2.0.0',
    file: 'seller-next/dist/app/report/route.js',
    aliases: { ...NEXT, '@x402/next': 'x402-next-oldest' },
  },
];

/** Starts a seller as a process of its own, on a free port. */
export function startSeller(
  stack: Pick<Stack, 'payTo'>,
  { name, file, aliases = {} }: Seller,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly process: ManagedProcess }> {
  const path = join(ROOT, 'examples', file);
  const served = file.endsWith('/route.js') ? [join(ROOT, 'tests/support/serve-route.mjs'), path] : [path];
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const process = await startProcess({
      name,
      command: globalThis.process.execPath,
      args: ['--import', join(ROOT, 'tests/support/aliases.mjs'), ...served],
      cwd: ROOT,
      env: {
        PATH: globalThis.process.env.PATH ?? '',
        NODE_ALIASES: JSON.stringify(aliases),
        PAY_TO: stack.payTo,
        PORT: String(port),
        ...env,
      },
      ready: { kind: 'probe', probe: async () => (await fetch(`${url}/report`)).status === 402 },
    });
    return { url, process };
  });
}
