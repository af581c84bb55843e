import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type ManagedProcess, startProcess, waitUntil } from '@x402-facilitator/tools/processes';
import { baseEnvironment, ROOT } from '@x402-facilitator/tools/stack';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The directory for all temporary files, so that leftovers are noticed. */
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'x402-test-'));
});

afterEach(() => rmSync(temporary, { recursive: true, force: true }));

type Run = { readonly process: ManagedProcess; readonly lines: readonly string[] };

/** Starts a command of ours and keeps all that it prints. */
async function start(main: string, env: Record<string, string> = {}): Promise<Run> {
  const process = await startProcess({
    name: main,
    command: globalThis.process.execPath,
    args: [join(ROOT, main)],
    env: { ...baseEnvironment(), NO_COLOR: '1', ...env },
  });
  const lines: string[] = [];
  process.output.onLine((line) => lines.push(line));
  return { process, lines };
}

/** Nothing listens on these ports any more. */
async function expectNothingUp(lines: readonly string[]): Promise<void> {
  const addresses = new Set(lines.flatMap((line) => line.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []));
  expect(addresses.size).toBeGreaterThan(0);
  for (const address of addresses) await expect(fetch(address), address).rejects.toThrow();
}

it('the demo shows every step, refuses an amount that is too low, counts, exits 0 and leaves no files', async () => {
  const { process, lines } = await start('tools/dist/demo/main.js', { TMPDIR: temporary });
  const { code } = await process.exited;
  expect(code, lines.join('\n')).toBe(0);

  const steps = lines.flatMap((line) => /^ *\d+\.\d\d s {2}(\S+)/.exec(line)?.[1] ?? []);
  const wanted = [
    ...['Redis', 'devnet', 'api-1', 'worker-1', 'worker-2', 'paywall-1', 'faucet'],
    ...['request', '402', 'transaction', 'verdict', 'queue', 'submission', 'block', 'confirmations'],
    ...['resource', 'receipt', 'paid', 'offer', 'refused', 'found', 'not', 'sponsored'],
    ...['validator', 'opening', 'requests', 'claim', 'refund', 'done'],
  ];
  expect(wanted.filter((step) => !steps.includes(step))).toEqual([]);
  expect(steps.filter((step) => step === 'paid').length).toBeGreaterThanOrEqual(10);
  const text = lines.join('\n');
  expect(text).toContain('invalid_exact_cardano_payload_amount_insufficient');
  expect(text).toMatch(/found +http:\S+\/weather, 2 ADA: The weather/);
  expect(text).toMatch(/not listed +http:\S+\/report \(never_settled\)/);
  expect(text).toMatch(/tUSDM/);
  // Requests, what was paid, transactions, their fees; the fee of each request, and how many there were in a second.
  expect(text).toMatch(/│ 1000 +│ 5 ADA +│ 3 +│ 0\.\d+ ADA +│ 0\.000\d+ ADA +│ [1-9]\d* +│/);
  await expectNothingUp(lines);
  expect(readdirSync(temporary)).toEqual([]);
});

it('the demo stops at once and cleanly when it is interrupted', async () => {
  const { process, lines } = await start('tools/dist/demo/main.js', { TMPDIR: temporary });
  await waitUntil(() => lines.some((line) => / s {2}submission /.test(line)) || !process.isRunning(), {
    what: 'the first payment to be submitted',
  });
  process.signal('SIGINT');
  expect(await process.exited, lines.join('\n')).toEqual({ code: 130, signal: null });
  await expectNothingUp(lines);
  expect(readdirSync(temporary)).toEqual([]);
});

it('the development servers start from their sources and stop with a Ctrl+C', async () => {
  const port = await freePort();
  const { process, lines } = await start('tools/dist/dev/main.js', {
    X402_SERVER__HOST: '127.0.0.1',
    X402_SERVER__PORT: String(port),
    X402_WORKER__METRICS_PORT: String(await freePort()),
  });
  try {
    await waitUntil(
      async () => {
        const response = await fetch(`http://127.0.0.1:${port}/health`);
        return ((await response.json()) as { status?: string }).status === 'healthy';
      },
      { what: 'the development servers to be healthy', everyMs: 500 },
    );
    process.signal('SIGINT');
    expect(await process.exited, lines.join('\n')).toEqual({ code: 0, signal: null });
    await expectNothingUp(lines);
  } finally {
    await process.stop();
  }
});
