import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pnpmPath } from '@x402-facilitator/tools/pnpm';
import { baseEnvironment, ROOT } from '@x402-facilitator/tools/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replica, useStack } from '../support/use-stack.js';
import { readText } from './support/files.js';
import { hasKustomize } from './support/kubernetes.js';
import { onPath } from './support/on-path.js';
import { commandBlocks } from './support/runbook.js';

const blocks = commandBlocks(readText('docs/operations.md'));
const runnable = blocks.filter(({ needs }) => needs === 'nothing');
/** The first block gives names to addresses: it stands before every other one. */
const [names] = runnable;

/** Why a block cannot be run on this machine, where it cannot. */
function missing(text: string): string | undefined {
  if (text.includes('kubectl') && !hasKustomize()) return 'kubectl 1.21 or later';
  for (const program of ['redis-cli', 'curl', 'sha256sum'])
    if (text.includes(program) && !onPath(program)) return program;
  return undefined;
}

describe('the commands of docs/operations.md', () => {
  const stack = useStack({ paywall: false });
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'x402-runbook-'));
    mkdirSync(join(directory, 'bin'));
    symlinkSync(pnpmPath(), join(directory, 'bin/pnpm'));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.for(runnable.map(({ heading, text }, index) => ({ heading, text, block: index + 1 })))(
    'under $heading do what they say (block $block)',
    { timeout: 150_000 },
    ({ text }, { skip }) => {
      const program = missing(text);
      if (program !== undefined) skip(`needs ${program}`);
      const { status, stdout, stderr } = spawnSync(
        'bash',
        ['-euo', 'pipefail', '-c', `${names?.text}\n${text}`],
        {
          cwd: ROOT,
          encoding: 'utf8',
          timeout: 120_000,
          // A bash whose input is a socket takes itself for a remote shell, and reads what such a shell reads.
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
      expect(status, `${text}\n${stdout}${stderr}`).toBe(0);
    },
  );

  it('are many, and those that are not run here say what they need', () => {
    expect(runnable.length).toBeGreaterThan(10);
    const foreign = /^\s*(docker|kubectl -n|kubectl apply|node apps)/m;
    expect(runnable.filter(({ text }) => foreign.test(text)).map(({ heading }) => heading)).toEqual([]);
  });
});
