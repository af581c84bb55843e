import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pnpmPath } from '@x402-facilitator/tools/pnpm';
import { waitUntil } from '@x402-facilitator/tools/processes';
import { baseEnvironment, fundPayer, ROOT, type Stack } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, signPayment } from '../support/facilitator.js';
import { replica, useStack } from '../support/use-stack.js';
import { readText } from './support/files.js';
import { hasKustomize } from './support/kubernetes.js';
import { onPath } from './support/on-path.js';
import { commandBlocks, RUNBOOK } from './support/runbook.js';

const blocks = RUNBOOK.flatMap((page) => commandBlocks(readText(page)));
const runnable = blocks.filter(({ needs }) => needs === 'nothing');
/** The first block gives names to addresses: the test puts it before every other one. */
const [names] = runnable;

/** The commands of the table that need neither Docker nor a cluster; the audit runs under its own heading. */
const [, section = ''] =
  /## Command reference\n([\s\S]*?)\n## /.exec(readText('docs/operations/reference.md')) ?? [];
const table = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .join('\n');
const reference = [...table.matchAll(/`([^`]+)`/g)]
  .map(([, command = '']) => command)
  .filter((command) => !/^(docker|kubectl|npm run supply-chain)/.test(command));

/** A payment that was accepted, by its transaction id. */
async function settle(stack: Stack): Promise<string> {
  const payer = await fundPayer(stack);
  const { transaction, request } = await signPayment(stack, payer, { confirmations: 0 });
  const { status } = await post(`${replica(stack.apis).url}/settle`, request, { prefer: 'respond-async' });
  expect(status).toBe(202);
  return transaction;
}

/** The receipt of a payment, as soon as there is one. */
async function receiptOf(stack: Stack, transaction: string): Promise<string> {
  return waitUntil(
    async () => {
      const answer = await fetch(`${replica(stack.apis).url}/status/${transaction}/receipt`);
      return answer.ok && (await answer.text());
    },
    { what: `the receipt of ${transaction}` },
  );
}

/** Why a block cannot run on this machine, if it cannot. */
function missing(text: string): string | undefined {
  if (text.includes('kubectl') && !hasKustomize()) return 'kubectl 1.21 or later';
  for (const program of ['redis-cli', 'curl', 'sha256sum'])
    if (text.includes(program) && !onPath(program)) return program;
  return undefined;
}

describe('the commands of docs/operations', () => {
  const stack = useStack({ paywall: false });
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'x402-runbook-'));
    mkdirSync(join(directory, 'bin'));
    symlinkSync(pnpmPath(), join(directory, 'bin/pnpm'));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs it as an operator on this machine would, with the names that the page gives. Fails when it fails. */
  function run(text: string): void {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-euo', 'pipefail', '-c', `${names?.text}\n${text}`],
      {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: 120_000,
        // A bash whose input is a socket believes that it is a remote shell, and reads that shell's start-up files.
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...baseEnvironment(),
          ...stack().settings,
          PATH: `${join(directory, 'bin')}${delimiter}${process.env.PATH}`,
          TMPDIR: directory,
          BACKUP_DIR: directory,
          API: replica(stack().apis).url,
          WORKER: replica(stack().workers).url,
          REDIS_URL: stack().redis.url,
        },
      },
    );
    // A registry without advisories fails the check, which is what the page says.
    const isUnaudited = text.includes('supply-chain') && stdout.includes('audit: NOT AUDITED');
    expect(status, `${text}\n${stdout}${stderr}`).toBe(isUnaudited ? 1 : 0);
  }

  it.for(runnable.map(({ heading, text }, index) => ({ heading, text, block: index + 1 })))(
    'under $heading do what they say (block $block)',
    { timeout: 150_000 },
    ({ text }, { skip }) => {
      const program = missing(text);
      if (program !== undefined) skip(`needs ${program}`);
      run(text);
    },
  );

  it.for(reference)('in the reference work: %s', { timeout: 90_000 }, async (command, { skip }) => {
    const program = missing(command);
    if (program !== undefined) skip(`needs ${program}`);
    const values: Record<string, string> = { TEXT: 'drill', SECONDS: '30' };
    if (/\bFILE\b/.test(command)) {
      values.FILE = join(directory, 'receipt.json');
      writeFileSync(values.FILE, await receiptOf(stack(), await settle(stack())));
    }
    const blocks = (what: 'pause' | 'resume') =>
      fetch(`${stack().devnet.controlUrl}/${what}`, { method: 'POST' });
    if (/\bTX\b/.test(command)) {
      // It stays pending while the command runs.
      await blocks('pause');
      values.TX = await settle(stack());
    }
    try {
      run(command.replace(/\b(?:TX|FILE|TEXT|SECONDS)\b/g, (name) => values[name] ?? name));
    } finally {
      await blocks('resume');
    }
  });

  it('name the addresses first', () => {
    expect(names?.heading).toBe('Names in the commands');
    expect(reference.length).toBeGreaterThan(8);
  });

  it('are many, and those that do not run here say what they need', () => {
    expect(runnable.length).toBeGreaterThan(10);
    const foreign = /^\s*(docker|kubectl -n|kubectl apply|node apps)/m;
    expect(runnable.filter(({ text }) => foreign.test(text)).map(({ heading }) => heading)).toEqual([]);
  });
});
