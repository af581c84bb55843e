import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@x402-facilitator/tools/processes';
import { ROOT } from '@x402-facilitator/tools/stack';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'x402-test-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a tier with only these settings, to its end. */
async function run(app: 'api' | 'worker', settings: Record<string, string>, file: object = {}) {
  const config = join(directory, 'config.json');
  writeFileSync(config, JSON.stringify(file));
  const managed = await startProcess({
    name: app,
    command: process.execPath,
    args: [`${ROOT}/apps/${app}/dist/main.js`],
    env: { PATH: process.env.PATH, X402_CONFIG: config, ...settings },
  });
  const { code } = await managed.exited;
  return { code, lines: managed.output.recent() };
}

describe.each(['api', 'worker'] as const)('the %s', (app) => {
  it('names a missing project id and exits 1', async () => {
    expect(await run(app, {})).toEqual({
      code: 1,
      lines: ['ConfigInvalidError: chain.blockfrost.projectId: Blockfrost project ID is required'],
    });
  });

  it('names every mistake on its own line', async () => {
    const { code, lines } = await run(
      app,
      { X402_SERVER__PORT: 'eighty', X402_CHAIN__NETWORK: 'Previw', X402_SETTLE__WAITMS: '1' },
      { chain: { blockfrost: { projectId: 'previewabc' } }, queue: {} },
    );
    expect(code).toBe(1);
    expect(lines).toHaveLength(4);
    for (const path of ['server.port', 'chain.network', 'X402_SETTLE__WAITMS', 'queue']) {
      expect(lines.filter((line) => line.startsWith(`ConfigInvalidError: ${path}: `))).toHaveLength(1);
    }
  });

  it('does not touch Mainnet unless two settings say so', async () => {
    const { code, lines } = await run(app, {
      X402_CHAIN__NETWORK: 'Mainnet',
      X402_CHAIN__BLOCKFROST__PROJECT_ID: 'mainnetabc',
    });
    expect(code).toBe(1);
    expect(lines).toEqual([
      'ConfigInvalidError: chain.network: Mainnet needs MAINNET=true in the environment',
    ]);
  });

  it('never prints a secret that was set in the wrong place', async () => {
    const { code, lines } = await run(app, {
      X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewSECRET',
      X402_CHAIN__FACILITATOR__SEED_PHRASE: 'SECRET words',
      X402_SERVER__PORT: '-1',
    });
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain('server.port');
    expect(lines.join('\n')).not.toContain('SECRET');
  });
});

it('the API refuses to hold a key in production', async () => {
  const { code, lines } = await run('api', {
    X402_ENV: 'production',
    X402_CHAIN__BLOCKFROST__PROJECT_ID: 'previewabc',
    X402_CHAIN__FACILITATOR__PRIVATE_KEY: 'ed25519_sk1SECRET',
  });
  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(
    /^ConfigInvalidError: X402_CHAIN__FACILITATOR__PRIVATE_KEY: the API must not hold/,
  );
  expect(lines.join('\n')).not.toContain('SECRET');
});
