import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePaymentResponseHeader } from '@x402/core/http';
import { onFreePort, startProcess } from '@x402-facilitator/tools/processes';
import { fundPayer, ROOT } from '@x402-facilitator/tools/stack';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installIntoEmptyFolder } from './support/empty-folder.js';
import { replica, useStack } from './support/use-stack.js';

const LAYOUT = `import type { ReactNode } from 'react';

export default ({ children }: { children: ReactNode }) => <html lang="en"><body>{children}</body></html>;
`;
/** What Next asks for, besides itself. */
const OF_NEXT = ['react', 'react-dom', '@types/react', '@types/node', 'typescript'];

// Next and its compiler are 450 MB from the registry, and a build takes half a minute.
describe.runIf(process.env.WITH_NEXT)('the example of Next, in an application of its own', () => {
  const stack = useStack({ paywall: false });

  it('is built without the shop’s settings, started by Next’s own server, and paid once', async () => {
    const place = installIntoEmptyFolder(['@x402/core@2.25.0', '@x402/next', 'next', ...OF_NEXT]);
    onTestFinished(place.remove);
    const { folder } = place;
    cpSync(join(ROOT, 'examples/seller-next/src/app'), join(folder, 'app'), { recursive: true });
    writeFileSync(join(folder, 'app/layout.tsx'), LAYOUT);
    spawnSync('npm', ['pkg', 'set', 'type=module'], { cwd: folder });
    const next = join(folder, 'node_modules/next/dist/bin/next');
    const base = { PATH: process.env.PATH ?? '', HOME: folder, NEXT_TELEMETRY_DISABLED: '1' };
    const built = spawnSync(process.execPath, [next, 'build'], { cwd: folder, encoding: 'utf8', env: base });
    expect(built.status, built.stdout + built.stderr).toBe(0);

    const shopUrl = await onFreePort(async (port) => {
      const url = `http://127.0.0.1:${port}`;
      const server = await startProcess({
        name: 'next start',
        command: process.execPath,
        args: [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)],
        cwd: folder,
        env: {
          ...base,
          FACILITATOR_URL: replica(stack().apis).url,
          PAY_TO: stack().payTo,
          NODE_OPTIONS: '--max-http-header-size=65536',
        },
        ready: { kind: 'probe', probe: async () => (await fetch(`${url}/report`)).status === 402 },
      });
      onTestFinished(async () => void (await server.stop()));
      return url;
    });
    const page = await fetch(`${shopUrl}/report`, {
      headers: { accept: 'text/html', 'user-agent': 'Mozilla/5.0' },
    });
    expect(page.status).toBe(402);
    expect(await page.text()).toContain('<p class="price">2 ADA</p>');

    const payer = await fundPayer(stack());
    const paid = await payer.fetch(`${shopUrl}/report`);
    expect(paid.status).toBe(200);
    const body = await paid.json();
    expect(body).toMatchObject({ title: 'Market report' });
    const receipt = decodePaymentResponseHeader(paid.headers.get('PAYMENT-RESPONSE') ?? '');
    expect(receipt).toMatchObject({ success: true });
    expect(await stack().control.submission(receipt.transaction)).toMatchObject({
      submitted: 1,
      onChain: true,
    });
  }, 600_000);
});
