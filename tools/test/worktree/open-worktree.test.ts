import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorktree } from '@x402-facilitator/tools/worktree';
import { afterEach, beforeEach, expect, it } from 'vitest';

let repository: string;

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'x402-test-'));
  git('init', '--quiet', '--initial-branch=main');
  mkdirSync(join(repository, 'scripts'));
});

afterEach(() => rmSync(repository, { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false', ...args],
    { cwd: repository, encoding: 'utf8' },
  ).trim();

/** A commit whose setup is this script. */
function commit(setup: string): string {
  writeFileSync(join(repository, 'scripts/setup.mjs'), setup);
  git('add', '.');
  git('commit', '--quiet', '--message', 'Set up');
  return git('rev-parse', 'HEAD');
}

const worktrees = () => git('worktree', 'list').split('\n').length;

it('a commit is checked out and built beside this one, and gone when closed, also when closed twice', async () => {
  const before = commit(`import { writeFileSync } from 'node:fs'; writeFileSync('built', 'before');`);
  commit(`import { writeFileSync } from 'node:fs'; writeFileSync('built', 'after');`);

  const worktree = await openWorktree(before.slice(0, 10), { repository });
  expect(worktree.commit).toBe(before);
  expect(readFileSync(join(worktree.directory, 'built'), 'utf8')).toBe('before');
  expect(worktree.directory.startsWith(repository)).toBe(false);

  await worktree.close();
  await worktree.close();
  expect(existsSync(worktree.directory)).toBe(false);
  expect(worktrees()).toBe(1);
});

it('a commit that this clone does not have is named, with what to do', async () => {
  commit('');
  await expect(openWorktree('0123456789abcdef', { repository })).rejects.toThrow(
    'Expected a commit of this clone, found 0123456789abcdef. If it exists elsewhere, fetch it first: git fetch origin 0123456789abcdef',
  );
});

it('a setup that fails is told with its last words, and leaves nothing', async () => {
  const broken = commit(`console.error('no such package'); process.exit(1);`);
  await expect(openWorktree(broken, { repository })).rejects.toThrow(
    /The setup of .* failed:\nno such package/,
  );
  expect(worktrees()).toBe(1);
});

it('a setup that is interrupted leaves nothing, though a process of its own is still writing', async () => {
  const where = join(repository, 'where');
  const write = `setInterval(() => require('node:fs').mkdirSync(process.cwd() + '/' + Date.now(), { recursive: true }), 1)`;
  const slow = commit(`
    import { spawnSync } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(where)}, process.cwd());
    spawnSync(process.execPath, ['-e', ${JSON.stringify(write)}]);`);
  const interruption = new AbortController();
  const opening = openWorktree(slow, { repository, signal: interruption.signal });
  const refused = expect(opening).rejects.toThrow('interrupted');
  // The setup is under way, and its own process writes into the checkout.
  const written = () => readdirSync(readFileSync(where, 'utf8')).filter((name) => /^\d+$/.test(name));
  await expect.poll(() => existsSync(where) && written().length > 0).toBe(true);
  interruption.abort(new Error('interrupted'));
  await refused;
  expect(existsSync(readFileSync(where, 'utf8'))).toBe(false);
  expect(worktrees()).toBe(1);
});
