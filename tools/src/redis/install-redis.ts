import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findRedisServer } from './find-redis-server.js';

export type Installation =
  | { readonly kind: 'installed'; readonly binary: string }
  | { readonly kind: 'not-installed'; readonly reason: string };

export type InstallOptions = {
  /** `REDIS_INSTALL=never` forbids it. */
  readonly env: NodeJS.ProcessEnv;
  readonly announce: (message: string) => void;
  /** Held while installing, so that concurrent runs install once. */
  readonly lockDirectory?: string;
  readonly usualPlaces?: readonly string[];
};

const run = promisify(execFile);

/**
 * The package starts a system service; we want the binary only. policy-rc.d is Debian's own way to say so, and where
 * somebody's policy is in place already, a service that this installation started is stopped again.
 */
const APT_SCRIPT = `
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends redis-server
if [ -d /run/systemd/system ]; then systemctl disable --now redis-server || true; fi
`;

/** Installs a Redis binary by apt-get (as root or with a sudo that asks nothing) or brew. Never throws. */
export async function installRedis(options: InstallOptions): Promise<Installation> {
  const { env, announce, lockDirectory = join(tmpdir(), 'x402-facilitator-redis-install.lock') } = options;
  if (env.REDIS_INSTALL === 'never') {
    return { kind: 'not-installed', reason: 'REDIS_INSTALL=never forbids installing one' };
  }
  const installer = await findInstaller(env);
  if (installer === undefined) {
    return {
      kind: 'not-installed',
      reason:
        'no REDIS_URL, no redis-server on PATH, no Docker, and no apt-get (as root or by passwordless sudo) or brew',
    };
  }
  const unlock = await lock(lockDirectory);
  try {
    const already = await findRedisServer(env, options.usualPlaces);
    if (already !== undefined) return { kind: 'installed', binary: already };
    announce(`Installing redis-server with ${installer.name} (once; a minute or so)`);
    await run(installer.command, installer.args, { env, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 });
    const binary = await findRedisServer(env, options.usualPlaces);
    return binary === undefined
      ? { kind: 'not-installed', reason: `${installer.name} succeeded but left no redis-server on PATH` }
      : { kind: 'installed', binary };
  } catch (error) {
    return { kind: 'not-installed', reason: `${installer.name} failed: ${lastWords(error)}` };
  } finally {
    await unlock();
  }
}

type Installer = { readonly name: string; readonly command: string; readonly args: string[] };

async function findInstaller(env: NodeJS.ProcessEnv): Promise<Installer | undefined> {
  const works = async (command: string, ...args: string[]) => {
    try {
      await run(command, args, { env, timeout: 10_000 });
      return true;
    } catch {
      return false;
    }
  };
  if (await works('apt-get', '--version')) {
    if (process.getuid?.() === 0) return { name: 'apt-get', command: '/bin/sh', args: ['-c', APT_SCRIPT] };
    if (await works('sudo', '-n', 'true')) {
      return { name: 'apt-get', command: 'sudo', args: ['-n', '/bin/sh', '-c', APT_SCRIPT] };
    }
  }
  if (await works('brew', '--version'))
    return { name: 'brew', command: 'brew', args: ['install', '--quiet', 'redis'] };
  return undefined;
}

/** Takes the lock, waiting for a living holder and stepping over a dead one. */
async function lock(directory: string): Promise<() => Promise<void>> {
  const holderFile = join(directory, 'pid');
  for (;;) {
    try {
      await mkdir(directory);
      await writeFile(holderFile, String(process.pid));
      return () => rm(directory, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await isAbandoned(directory, holderFile)) await rm(directory, { recursive: true, force: true });
    await sleep(200);
  }
}

/** A holder writes its id at once: a lock that stays without one lost its holder in between. */
async function isAbandoned(directory: string, holderFile: string): Promise<boolean> {
  const holder = await readFile(holderFile, 'utf8').catch(() => '');
  if (holder !== '') return !isAlive(Number(holder));
  const { mtimeMs } = await stat(directory).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > 10_000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const said = (stderr ?? '').trim().split('\n').slice(-3).join(' ');
  return said === '' ? (message ?? String(error)) : said;
}
