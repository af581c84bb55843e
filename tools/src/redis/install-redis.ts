import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../processes/index.js';

/** What a server may be called: Valkey speaks the same protocol. */
export const SERVERS = ['redis-server', 'valkey-server'] as const;

export type Installation =
  | { readonly kind: 'installed'; readonly binary: string }
  | { readonly kind: 'not-installed'; readonly reason: string };

export type InstallOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly announce: (message: string) => void;
  /** Held during the installation, so that concurrent runs install once. */
  readonly lockDirectory?: string;
  readonly usualPlaces?: readonly string[] | undefined;
};

const run = promisify(execFile);

/**
 * Debian's package starts a system service, and only the program is wanted. policy-rc.d is Debian's own way to say so. Where
 * the machine has such a policy already, the service is stopped again.
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
apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends redis-server
if [ -d /run/systemd/system ]; then systemctl disable --now redis-server || true; fi
`;

/**
 * Installs a Redis server by apt-get (as root, or with a sudo that needs no password) or brew, unless `REDIS_INSTALL=never`
 * forbids it. Never throws.
 */
export async function installRedis(options: InstallOptions): Promise<Installation> {
  const { env, announce, lockDirectory = join(tmpdir(), 'x402-facilitator-install.lock') } = options;
  const notInstalled = (reason: string): Installation => ({ kind: 'not-installed', reason });
  if (env.REDIS_INSTALL === 'never') return notInstalled('REDIS_INSTALL=never forbids to install one');
  const installer = await findInstaller(env);
  if (installer === undefined) return notInstalled('no apt-get (as root or by passwordless sudo) or brew');
  const unlock = await takeLock(lockDirectory);
  try {
    const already = await findProgram(SERVERS, env, options.usualPlaces);
    if (already !== undefined) return { kind: 'installed', binary: already };
    announce(`Installing ${SERVERS[0]} with ${installer.name} (once; a minute or so)`);
    await run(installer.command, installer.args, { env, timeout: 300_000, maxBuffer: 16 * 1024 * 1024 });
    const binary = await findProgram(SERVERS, env, options.usualPlaces);
    return binary === undefined
      ? notInstalled(`${installer.name} succeeded but left no ${SERVERS[0]} on PATH`)
      : { kind: 'installed', binary };
  } catch (error) {
    return notInstalled(`${installer.name} failed: ${lastWords(error)}`);
  } finally {
    await unlock();
  }
}

type Installer = { readonly name: string; readonly command: string; readonly args: string[] };

async function findInstaller(env: NodeJS.ProcessEnv): Promise<Installer | undefined> {
  const works = (command: string, ...args: string[]) =>
    run(command, args, { env, timeout: 10_000 }).then(
      () => true,
      () => false,
    );
  if (await works('apt-get', '--version')) {
    const script = ['-c', APT_SCRIPT];
    if (process.getuid?.() === 0) return { name: 'apt-get', command: '/bin/sh', args: script };
    if (await works('sudo', '-n', 'true'))
      return { name: 'apt-get', command: 'sudo', args: ['-n', '/bin/sh', ...script] };
  }
  if (await works('brew', '--version'))
    return { name: 'brew', command: 'brew', args: ['install', '--quiet', 'redis'] };
  return undefined;
}

function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const said = (stderr ?? '').trim().split('\n').slice(-3).join(' ');
  return said === '' ? (message ?? String(error)) : said;
}

/** Takes the lock: waits for a holder that is alive, and ignores a dead one. Returns what gives it back. */
async function takeLock(directory: string): Promise<() => Promise<void>> {
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

/** A holder writes its process id at once. Without one after ten seconds, it died before it could. */
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
