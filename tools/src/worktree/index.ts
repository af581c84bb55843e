import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guardDirectory, startProcess } from '../processes/index.js';
import { ROOT } from '../stack/repository.js';

/** A checkout of another commit, installed and built. */
export type Worktree = {
  readonly directory: string;
  /** The full id of the commit. */
  readonly commit: string;
  /** Removes it. Safe to call twice. */
  close(): Promise<void>;
};

export type WorktreeOptions = {
  /** Stops the installation. */
  readonly signal?: AbortSignal;
  /** The repository that has the commit; by default this one. */
  readonly repository?: string;
};

/** The installation may have to fetch packages that this checkout does not have. */
const SETUP_TIMEOUT_MS = 600_000;

const run = promisify(execFile);

/**
 * Checks a commit out into a temporary folder, and installs and builds it there by its own `scripts/setup.mjs`. The folder
 * does not outlive this process.
 *
 * @param commit anything that git takes for one: an id, a branch, a tag
 * @throws Error when this clone does not have the commit, or it cannot be built; nothing is left then
 */
export async function openWorktree(commit: string, options: WorktreeOptions = {}): Promise<Worktree> {
  const { signal, repository = ROOT } = options;
  const git = async (...args: string[]) => (await run('git', args, { cwd: repository })).stdout.trim();
  const id = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`).catch(
    () => {
      throw new Error(
        `Expected a commit of this clone, found ${commit}. If it exists elsewhere, fetch it first: git fetch origin ${commit}`,
      );
    },
  );
  const parent = await mkdtemp(join(tmpdir(), 'x402-worktree-'));
  guardDirectory(parent);
  const directory = join(parent, id.slice(0, 12));
  const close = async () => {
    await git('worktree', 'remove', '--force', '--force', directory).catch(() => {
      // It was never added, or is gone already.
    });
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await git('worktree', 'add', '--quiet', '--detach', directory, id);
    await setUp(directory, signal);
    return { directory, commit: id, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function setUp(directory: string, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const setup = await startProcess({
    name: 'setup',
    command: process.execPath,
    args: ['scripts/setup.mjs'],
    cwd: directory,
  });
  // Its whole group: the package manager that it runs would go on writing files.
  const stop = () => {
    if (setup.isRunning()) process.kill(-setup.pid, 'SIGKILL');
  };
  const timer = setTimeout(stop, SETUP_TIMEOUT_MS);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const { code } = await setup.exited;
    signal?.throwIfAborted();
    if (code !== 0)
      throw new Error(`The setup of ${directory} failed:\n${setup.output.recent(30).join('\n')}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
